/**
 * How far a reader of frames is behind, in rows.
 * Goal: one unit for the lag of every stage, though records of internal topics are frames of many rows. Method: the records that
 * were not fetched yet, times the rows that a record had lately. Invariant: 0 exactly where everything was fetched.
 */
import type { Fetched } from '../log/log.js';

/** Weight of the latest fetch in the mean. */
const WEIGHT = 0.2;

export class Lag {
  #behind = 0;
  #rowsOfRecord: number | null = null;

  /** @param rows of all the records that the fetch brought */
  read(
    { next, lastStableOffset, records }: Pick<Fetched, 'next' | 'lastStableOffset' | 'records'>,
    rows: number,
  ): void {
    this.#behind = Math.max(0, lastStableOffset - next);
    if (records.length === 0) return;
    const mean = rows / records.length;
    this.#rowsOfRecord = this.#rowsOfRecord === null ? mean : this.#rowsOfRecord + WEIGHT * (mean - this.#rowsOfRecord);
  }

  /** Rows that were not fetched yet: an estimate, but for 0. */
  get rows(): number {
    return Math.ceil(this.#behind * (this.#rowsOfRecord ?? 1));
  }
}
