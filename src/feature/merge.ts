/**
 * Merges a group's admitted partitions by known time.
 * Goal: one order for the group. Method: k-way merge; a source that may still bring something earlier is waited for.
 * Invariants: a source's own order is kept; equal known times: scored first, then topic, partition, offset.
 * Pure: whoever drives it reads, asks for last stable offsets, and tells the time.
 */

import { type AdmittedFrame, type AdmittedRow, type Frontier, NO_MARK } from '../contract/frames.js';
import { assert } from '../error.js';

export interface SourceDefinition {
  readonly topic: string;
  readonly partition: number;
  readonly scored: boolean;
  /** Whether its producer gives marks: then its end is not enough, its mark must reach what is emitted. */
  readonly marks: boolean;
}

interface Queued {
  readonly row: AdmittedRow;
  /** Where a successor resumes to find this row: its frame, with the mark before that. */
  readonly frame: number;
  readonly markBefore: number;
}

export class Source {
  readonly definition: SourceDefinition;
  readonly #queue: Queued[] = [];
  #head = 0;
  /** The next raw offset to consider; with it the next admitted record and the latest mark. */
  #considered: number;
  #admittedOffset: number;
  #mark: number;
  /** Raw last stable offset, if it was asked since the source ran empty: what was considered covers it, or the source is ahead. */
  #lastStable: number | null = null;
  /** Whether the first frame may begin anywhere: a new group on a log whose beginning retention took. */
  #adopts: boolean;
  blockedSinceMs: number | null = null;
  away = false;

  constructor(
    definition: SourceDefinition,
    from: Pick<Frontier, 'offset' | 'admittedOffset' | 'mark'>,
    adopts = false,
  ) {
    this.#adopts = adopts;
    this.definition = definition;
    this.#considered = from.offset;
    this.#admittedOffset = from.admittedOffset;
    this.#mark = from.mark;
  }

  get held(): number {
    return this.#queue.length - this.#head;
  }
  get considered(): number {
    return this.#considered;
  }
  get admittedOffset(): number {
    return this.#admittedOffset;
  }
  get mark(): number {
    return this.#mark;
  }

  /** @param offset of the admitted record that brought the frame */
  push(offset: number, frame: AdmittedFrame): void {
    const { topic, partition } = this.definition;
    if (this.#adopts) this.#considered = Math.max(this.#considered, frame.before);
    this.#adopts = false;
    assert(
      frame.before <= this.#considered,
      `no gap in admitted ${topic}/${partition}: frame at ${offset} follows raw offset ${frame.before}, considered is ${this.#considered}`,
    );
    for (const row of frame.rows) {
      // A repeated row: the first occurrence decided.
      if (row.offset >= this.#considered) this.#queue.push({ row, frame: offset, markBefore: this.#mark });
    }
    this.#considered = Math.max(this.#considered, frame.after);
    this.#admittedOffset = Math.max(this.#admittedOffset, offset + 1);
    if (frame.mark > this.#mark || frame.rows.length > 0) {
      this.away = false;
      this.blockedSinceMs = null;
    }
    this.#mark = Math.max(this.#mark, frame.mark);
  }

  /** Whether it is not known now how far it reaches: the next row waits for it, up to `holdMs`. */
  get isUntold(): boolean {
    return this.#lastStable === null;
  }

  /** @param offset null: nobody says how far it reaches now */
  setLastStable(offset: number | null): void {
    this.#lastStable = offset;
  }

  peek(): AdmittedRow | null {
    return this.#queue[this.#head]?.row ?? null;
  }

  shift(): AdmittedRow {
    const { row } = this.#queue[this.#head++]!;
    // What the broker held before says nothing of now: it must be asked again.
    if (this.held === 0) this.#lastStable = null;
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return row;
  }

  /** What was emitted of it, as a successor needs to know it. */
  frontier(): Frontier {
    const { topic, partition } = this.definition;
    const next = this.#queue[this.#head];
    return next === undefined
      ? {
          topic,
          partition,
          offset: this.#considered,
          admittedOffset: this.#admittedOffset,
          mark: this.#mark,
          away: this.away,
        }
      : {
          topic,
          partition,
          offset: next.row.offset,
          admittedOffset: next.frame,
          mark: next.markBefore,
          away: this.away,
        };
  }

  /** Whether a row known at `known` must wait for this source, which has no row at hand. */
  mustWait(known: number): boolean {
    if (this.away) return false;
    // Everything up to the mark is here: what is ahead of it is later.
    if (this.#mark >= known) return false;
    return this.definition.marks || this.#lastStable === null || this.#considered < this.#lastStable;
  }
}

/** Before: `a` is emitted first. */
function precedes(a: AdmittedRow, x: SourceDefinition, b: AdmittedRow, y: SourceDefinition): boolean {
  if (a.known !== b.known) return a.known < b.known;
  if (x.scored !== y.scored) return x.scored;
  if (x.topic !== y.topic) return x.topic < y.topic;
  if (x.partition !== y.partition) return x.partition < y.partition;
  return a.offset < b.offset;
}

export interface MergeBounds {
  readonly rowsMax: number;
  /** How long a blocking source is waited for, ms; Infinity for ever. */
  readonly holdMs: number;
}

export class Merge {
  readonly sources: readonly Source[];
  /** How often a source was given up waiting for. */
  awayCount = 0;

  constructor(sources: readonly Source[]) {
    this.sources = sources;
  }

  /**
   * Rows that are certain by now, in order, at most `rowsMax`. `nowMs` is the driver's clock.
   * @param emit returns false where it can take no more
   */
  take(nowMs: number, bounds: MergeBounds, emit: (row: AdmittedRow, source: number) => unknown): number {
    let taken = 0;
    while (taken < bounds.rowsMax) {
      const least = this.#least();
      if (least < 0) break;
      const row = this.sources[least]!.peek()!;
      if (this.#blocked(row.known, nowMs, bounds.holdMs)) break;
      taken++;
      if (emit(this.sources[least]!.shift(), least) === false) break;
    }
    return taken;
  }

  /** Whether something is held back only because a source without marks has not been asked since: see `mustWait`. */
  get holds(): boolean {
    return this.sources.some((source) => source.held > 0);
  }

  /** The sources that the next row waits for. */
  waitingFor(): readonly SourceDefinition[] {
    const least = this.#least();
    if (least < 0) return [];
    const { known } = this.sources[least]!.peek()!;
    return this.sources.filter((s) => s.held === 0 && s.mustWait(known)).map((s) => s.definition);
  }

  #least(): number {
    let least = -1;
    for (let i = 0; i < this.sources.length; i++) {
      const row = this.sources[i]!.peek();
      if (row === null) continue;
      if (least < 0) least = i;
      else {
        const other = this.sources[least]!;
        if (precedes(row, this.sources[i]!.definition, other.peek()!, other.definition)) least = i;
      }
    }
    return least;
  }

  #blocked(known: number, nowMs: number, holdMs: number): boolean {
    let blocked = false;
    for (const source of this.sources) {
      if (source.held > 0 || !source.mustWait(known)) {
        source.blockedSinceMs = null;
        continue;
      }
      source.blockedSinceMs ??= nowMs;
      if (nowMs - source.blockedSinceMs >= holdMs) {
        source.away = true;
        this.awayCount++;
      } else blocked = true;
    }
    return blocked;
  }
}

export const START: Pick<Frontier, 'offset' | 'admittedOffset' | 'mark'> = {
  offset: 0,
  admittedOffset: 0,
  mark: NO_MARK,
};
