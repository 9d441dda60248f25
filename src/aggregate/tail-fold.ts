/**
 * The first rows of a tail, folded for each partial and kept from query to query: it grows by what is new, since a segment is folded
 * event by event.
 */
import { unsavedOf } from './aggregate.js';
import type { PartialPlan } from './plan.js';
import type { Rows } from './rows.js';

export class TailFold {
  /** By partial; undefined until it is asked for. */
  readonly #parts: unknown[] = [];
  /** How many rows are in it, by partial. */
  readonly #ends: number[] = [];

  /** A row came in at `at`. */
  inserted(at: number): void {
    for (let k = 0; k < this.#ends.length; k++) if (this.#ends[k]! > at) this.#ends[k] = 0;
  }

  /** It is another tail now. */
  restart(): void {
    this.#ends.fill(0);
  }

  /** The rows before `to`, for partial `k`. */
  before(to: number, k: number, { aggregate, column }: PartialPlan, tail: Rows): unknown {
    this.#parts[k] ??= unsavedOf(aggregate);
    const part = this.#parts[k];
    let from = this.#ends[k] ?? 0;
    if (from === 0 || from > to) {
      aggregate.reset(part);
      from = 0;
    }
    aggregate.add(part, tail, column, from, to);
    this.#ends[k] = to;
    return part;
  }
}
