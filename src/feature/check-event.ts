/** What makes a decoded record an event: its id, its times, and a mark's header. Pure. */
import { LAST_MARK } from '../contract/frames.js';
import { HeadraceError } from '../error.js';
import type { LogRecord } from '../log/log.js';
import type { EventDefinition, Scalar } from '../topology/definition.js';
import { eventId } from '../topology/event-id.js';

/** Header of a mark: a record without value, by which a producer promises that everything known up to then is sent. */
export const KNOWN_UNTIL = 'headrace-known-until';

/** The mark's time, ms (longs above 2^53 as the greatest time), or null where the record is no mark. */
export function markOf(record: Pick<LogRecord, 'value' | 'headers'>): number | null {
  const header = record.value === null ? record.headers[KNOWN_UNTIL] : undefined;
  if (header === undefined) return null;
  const ms = Number(header.toString('utf8'));
  return Number.isFinite(ms) ? Math.min(Math.floor(ms), LAST_MARK) : null;
}

/** The greatest time that a Date can show. */
const DATE_MAX_MS = 8.64e15;

export interface CheckedEvent {
  readonly id: string;
  readonly time: number;
  readonly known: number;
}

/**
 * @param latestMs the clock plus the bound on skew
 * Errors: `EVENT_WITHOUT_ID`, `EVENT_TIME_INVALID`, `EVENT_IN_THE_FUTURE`, each naming the field.
 */
export function checkEvent(
  event: EventDefinition,
  fields: Readonly<Record<string, Scalar>>,
  timestamp: number,
  latestMs: number,
): CheckedEvent {
  const id = eventId(event.id, fields);
  if (id === null || id === '') {
    throw new HeadraceError('EVENT_WITHOUT_ID', `event has no id: field ${event.id.join(', ')} is null or empty`, {
      remedy: 'fix-input',
    });
  }
  const time = timeOf(event.time, fields[event.time], latestMs);
  const { knownAt } = event;
  if (knownAt.by === 'broker') return { id, time, known: timestamp };
  const known = timeOf(knownAt.field, fields[knownAt.field], latestMs) + knownAt.plusMs;
  return { id, time, known };
}

/**
 * Of these fields a value stands for itself: two ids or keys that become one are two entities mixed.
 * Error: `EVENT_LONG_INEXACT` for a long that a double does not hold exactly
 */
export function checkExact(fields: Readonly<Record<string, Scalar>>, names: readonly string[]): void {
  for (const name of names) {
    const value = fields[name];
    if (typeof value !== 'number' || Number.isSafeInteger(value)) continue;
    throw new HeadraceError(
      'EVENT_LONG_INEXACT',
      `field ${name} is a long beyond 2^53 (about ${value}), which would be taken for its neighbours as an id or key: let the producer send it as a string`,
      { remedy: 'fix-input', field: name },
    );
  }
}

function timeOf(field: string, value: Scalar | undefined, latestMs: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > DATE_MAX_MS) {
    throw new HeadraceError('EVENT_TIME_INVALID', `field ${field} is no time in ms since the epoch: ${value}`, {
      remedy: 'fix-input',
    });
  }
  if (value > latestMs) {
    throw new HeadraceError(
      'EVENT_IN_THE_FUTURE',
      `field ${field} is ${new Date(value).toISOString()}, further ahead of the clock than HEADRACE_SKEW_MS allows`,
      { remedy: 'fix-input' },
    );
  }
  return value;
}
