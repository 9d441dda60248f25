/**
 * How far a reader of frames is behind, in rows.
 * Goal: one unit for the lag of every stage, though records of internal topics are frames of many rows. Method: the records that
 * were not fetched yet, times the rows that a record had lately. Invariant: 0 exactly where everything was fetched.
 */
import type { Fetched } from '../log/log.js';
import type { End } from './ends.js';

/** Weight of the latest fetch in the mean. */
const WEIGHT = 0.2;

export class Lag {
  readonly #end: End | null;
  #next: number | null = null;
  #lastStable = 0;
  #rowsOfRecord: number | null = null;

  /** @param end of the partition, asked beside reading; null: what the last fetch said of it */
  constructor(end: End | null = null) {
    this.#end = end;
  }

  /** @param rows of all the records that the fetch brought */
  read(
    { next, lastStableOffset, records }: Pick<Fetched, 'next' | 'lastStableOffset' | 'records'>,
    rows: number,
  ): void {
    this.#next = next;
    this.#lastStable = lastStableOffset;
    if (records.length === 0) return;
    const mean = rows / records.length;
    this.#rowsOfRecord = this.#rowsOfRecord === null ? mean : this.#rowsOfRecord + WEIGHT * (mean - this.#rowsOfRecord);
  }

  /** Records that were not fetched yet; 0 before the first fetch. */
  get records(): number {
    return this.#next === null ? 0 : this.behind(this.#next);
  }

  /** Records from `next` on, for whoever has fetched more than it is done with. */
  behind(next: number): number {
    return Math.max(0, this.#lastStable - next, (this.#end?.lastStable ?? 0) - next);
  }

  /** Rows that were not fetched yet: an estimate, but for 0. */
  get rows(): number {
    return Math.ceil(this.records * (this.#rowsOfRecord ?? 1));
  }

  close(): void {
    this.#end?.close();
  }
}
