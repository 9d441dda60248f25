/**
 * The join by position of one raw partition: admitted rows in raw order, and one row of each group for every one of them.
 * Goal: a head of rows whose groups have all answered. Pure: whoever drives it reads and says what was read.
 * A row with a time at which it is due comes out then without the answers that it lacks; rows stay in raw order.
 * Invariants: what is below the head or already held is dropped; the low-water offset of a group's topic is the record
 * with the oldest row still held, or the next one to read.
 */

import type { AdmittedFrame, AdmittedRow, FeaturesFrame, FeaturesRow } from '../contract/frames.js';
import { assert } from '../error.js';

interface HeldFrame {
  readonly offset: number;
  rows: number;
}

/** One group's rows that no head has used yet. */
export class Side {
  readonly topic: string;
  readonly #rows = new Map<number, { row: FeaturesRow; frame: HeldFrame }>();
  #frames: HeldFrame[] = [];
  #next: number;

  constructor(topic: string, next: number) {
    this.topic = topic;
    this.#next = next;
  }

  get held(): number {
    return this.#rows.size;
  }

  /** The next record to read. */
  get next(): number {
    return this.#next;
  }

  /** The record from which a successor must read. */
  get low(): number {
    return this.#frames[0]?.offset ?? this.#next;
  }

  push(offset: number, frame: FeaturesFrame, head: number): void {
    this.#next = offset + 1;
    const held: HeldFrame = { offset, rows: 0 };
    for (const row of frame.rows) {
      if (row.offset < head || this.#rows.has(row.offset)) continue;
      this.#rows.set(row.offset, { row, frame: held });
      held.rows++;
    }
    if (held.rows > 0) this.#frames.push(held);
  }

  /** Moves on where a fetch brought control or aborted records only. */
  considered(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

  get(position: number): FeaturesRow | null {
    return this.#rows.get(position)?.row ?? null;
  }

  drop(position: number): void {
    const entry = this.#rows.get(position);
    if (entry === undefined) return;
    this.#rows.delete(position);
    entry.frame.rows--;
    let done = 0;
    while (done < this.#frames.length && this.#frames[done]!.rows === 0) done++;
    if (done > 0) this.#frames = this.#frames.slice(done);
  }
}

interface Waiting {
  readonly row: AdmittedRow;
  readonly frame: number;
  /** When it waits no longer, ms since the epoch; null: it waits for every group. */
  readonly due: number | null;
}

export interface Joined {
  readonly row: AdmittedRow;
  /** One per side, in the order of the sides; null: it had not answered when the row was due. */
  readonly features: readonly (FeaturesRow | null)[];
}

export class Join {
  readonly sides: readonly Side[];
  #rows: Waiting[] = [];
  #considered: number;
  #admittedOffset: number;
  #adopts: boolean;

  /**
   * @param head the next raw offset to serve; `admittedOffset`: the admitted record at which to go on
   * @param adopts whether the first frame may begin anywhere: a first start on a log whose beginning retention took
   */
  constructor(sides: readonly Side[], head: number, admittedOffset: number, adopts = false) {
    this.#adopts = adopts;
    this.sides = sides;
    this.#considered = head;
    this.#admittedOffset = admittedOffset;
  }

  get held(): number {
    return this.#rows.length;
  }
  /** The next raw offset to serve. */
  get head(): number {
    return this.#rows[0]?.row.offset ?? this.#considered;
  }
  /** The admitted record from which a successor must read. */
  get resumeAt(): number {
    return this.#rows[0]?.frame ?? this.#admittedOffset;
  }
  /** Whether the row at the head lacks this side's answer. */
  misses(side: Side): boolean {
    const head = this.#rows[0];
    return head !== undefined && side.get(head.row.offset) === null;
  }

  /** When the row at the head, which lacks an answer, waits no longer; null: it waits for all, or there is none. */
  get due(): number | null {
    const head = this.#rows[0];
    return head !== undefined && this.sides.some((side) => this.misses(side)) ? head.due : null;
  }

  /** @param due of its rows: see `Waiting` */
  pushAdmitted(offset: number, frame: AdmittedFrame, due: number | null = null): void {
    if (this.#adopts) this.#considered = Math.max(this.#considered, frame.before);
    this.#adopts = false;
    assert(
      frame.before <= this.#considered,
      `no gap in admitted: frame at ${offset} follows raw offset ${frame.before}, considered is ${this.#considered}`,
    );
    for (const row of frame.rows) if (row.offset >= this.#considered) this.#rows.push({ row, frame: offset, due });
    this.#considered = Math.max(this.#considered, frame.after);
    this.#admittedOffset = Math.max(this.#admittedOffset, offset + 1);
  }

  /**
   * The rows at the head that every group has answered, or that are due, at most `max`; they stay until `served`.
   * @param now ms since the epoch; absent: nothing is due
   */
  ready(max: number, now = Number.NEGATIVE_INFINITY): readonly Joined[] {
    const joined: Joined[] = [];
    for (const { row, due } of this.#rows) {
      if (joined.length >= max) break;
      const mayMiss = due !== null && due <= now;
      const features: (FeaturesRow | null)[] = [];
      for (const side of this.sides) {
        const answer = side.get(row.offset);
        if (answer === null && !mayMiss) return joined;
        features.push(answer);
      }
      joined.push({ row, features });
    }
    return joined;
  }

  /** Drops the first `count` rows and their answers: they were served. */
  served(count: number): void {
    for (let i = 0; i < count; i++) for (const side of this.sides) side.drop(this.#rows[i]!.row.offset);
    this.#rows = this.#rows.slice(count);
  }

  /** What `head`, `resumeAt` and the sides' `low` will be once the first `count` rows are served. */
  after(count: number): { offset: number; admittedOffset: number } {
    const next = this.#rows[count];
    return next === undefined
      ? { offset: this.#considered, admittedOffset: this.#admittedOffset }
      : { offset: next.row.offset, admittedOffset: next.frame };
  }
}
