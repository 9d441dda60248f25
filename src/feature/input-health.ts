/**
 * Whether what a raw partition brings is so bad that a person is to look first.
 * Goal: a wrong producer, schema or clock stops `admit` and is named, instead of emptying a topic into the dead letters, or filling
 * vectors with missing features. Method: the share of the last `shareRecords` records that were refused, late, or behind the known time of
 * their partition. What was redriven counts in none: it comes late by nature, and a person bounds it.
 */
import { HeadraceError } from '../error.js';
import type { EventDefinition, TopologyDefinition } from '../topology/definition.js';
import { durationText } from '../topology/duration.js';
import { RecentShare } from './recent-share.js';

export interface HealthBounds {
  /** Greatest share of refused records, 0 to 1; 1: any. */
  readonly badShareMax: number;
  /** Greatest share of scored events that come later than every group's lateness. */
  readonly lateShareMax: number;
  /** Greatest share of events whose known time falls back by more than `skewMs`. */
  readonly jumpShareMax: number;
  /** Records of a window. */
  readonly shareRecords: number;
  /** How far a time may lie ahead of the clock, and known time behind what was known before, ms. */
  readonly skewMs: number;
}

/** The greatest lateness of the groups that answer this event, ms; null where none does. */
export function latenessOf({ views, groups }: TopologyDefinition, event: EventDefinition): number | null {
  const names = new Set(views.filter(({ score }) => score === event.topic).flatMap((view) => view.groups));
  const all = groups.filter(({ name }) => names.has(name)).map(({ latenessMs }) => latenessMs);
  return all.length === 0 ? null : Math.max(...all);
}

export class InputHealth {
  readonly #where: string;
  readonly #bounds: HealthBounds;
  readonly #latenessMs: number | null;
  readonly #bad: RecentShare;
  readonly #late: RecentShare;
  readonly #jumps: RecentShare;
  lateRows = 0;
  /** Values of longs beyond 2^53, for which the nearest double stands. */
  roundedLongs = 0;
  jumps = 0;

  /** @param latenessMs see `latenessOf` */
  constructor(where: string, latenessMs: number | null, bounds: HealthBounds) {
    this.#where = where;
    this.#latenessMs = latenessMs;
    this.#bounds = bounds;
    this.#bad = new RecentShare(bounds.shareRecords);
    this.#late = new RecentShare(bounds.shareRecords);
    this.#jumps = new RecentShare(bounds.shareRecords);
  }

  get badShare(): number {
    return this.#bad.share;
  }

  /** Error: `BAD_SHARE_EXCEEDED` */
  refused(offset: number, error: HeadraceError): void {
    this.#bad.add(error.code);
    const { badShareMax } = this.#bounds;
    if (this.#bad.share <= badShareMax) return;
    throw this.#exceeded(
      'BAD_SHARE_EXCEEDED',
      offset,
      `${this.#of(this.#bad, 'records')} are bad, mostly ${this.#bad.commonest()} (at offset ${offset} ${error.code}: ${error.message})`,
      'correct the producer, the schema or the topology',
      ['HEADRACE_BAD_SHARE_MAX', badShareMax, 'let them go to the dead letters'],
    );
  }

  /**
   * @param own the event's known time
   * @param before that of its partition before it
   * Errors: `JUMP_SHARE_EXCEEDED`, `LATE_SHARE_EXCEEDED`
   */
  admitted(offset: number, time: number, own: number, before: number): void {
    const { skewMs, jumpShareMax, lateShareMax } = this.#bounds;
    this.#bad.add(null);
    const jumps = own < before - skewMs;
    if (jumps) this.jumps++;
    this.#jumps.add(jumps ? 'jump' : null);
    if (this.#jumps.share > jumpShareMax) {
      throw this.#exceeded(
        'JUMP_SHARE_EXCEEDED',
        offset,
        `of ${this.#of(this.#jumps, 'events')} the known time lies more than HEADRACE_SKEW_MS before what was known already, ${timeText(before)} (at offset ${offset} ${timeText(own)})`,
        'an event with a wrong time went ahead, or knownAt names a field that events do not come in the order of: correct the producer or knownAt',
        ['HEADRACE_JUMP_SHARE_MAX', jumpShareMax, 'go on with them as known then'],
      );
    }
    if (this.#latenessMs === null) return;
    const late = time < Math.max(own, before) - this.#latenessMs;
    if (late) this.lateRows++;
    this.#late.add(late ? 'late' : null);
    if (this.#late.share <= lateShareMax) return;
    throw this.#exceeded(
      'LATE_SHARE_EXCEEDED',
      offset,
      `${this.#of(this.#late, 'scored events')} are later than the lateness of every group (${durationText(this.#latenessMs)}), so that their features would be missing (at offset ${offset} the time is ${timeText(time)}, and ${timeText(Math.max(own, before))} is known)`,
      'for recorded events let knownAt name a field, for a stream that comes late give the groups a larger lateness',
      ['HEADRACE_LATE_SHARE_MAX', lateShareMax, 'serve them so'],
    );
  }

  #of({ hits }: RecentShare, what: string): string {
    return `${hits} of the last ${this.#bounds.shareRecords} ${what}`;
  }

  #exceeded(
    code: string,
    offset: number,
    what: string,
    remedy: string,
    [setting, bound, effect]: readonly [string, number, string],
  ): HeadraceError {
    return new HeadraceError(
      code,
      `${this.#where}: ${what}, more than ${setting} (${bound}) allows; ${remedy}, or set ${setting}=1 to ${effect}, and start the worker again: it goes on where it stopped`,
      { remedy: 'fix-input', offset, bound },
    );
  }
}

const timeText = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));
