/**
 * The one interface of all aggregates.
 * Goal: one canonical fold for all of them. Method: a partial is a mutable accumulator; events are added to it in order, and
 * partials are merged in order. Invariants: `merge` into an empty partial gives the other one bit for bit, and merging an
 * empty one changes nothing; no operation depends on anything but its arguments.
 */
import type { Scalar } from '../topology/definition.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { Rows } from './rows.js';

export interface Aggregate<P> {
  /** Names the kind of partial: features with the same one, field and condition share their partials. */
  readonly partial: string;
  empty(): P;
  /** An empty one that is filled and reset again and again, where that may take more memory. */
  scratch?(): P;
  /** An empty one that is never saved, where that is merged for less. */
  unsaved?(): P;
  reset(partial: P): void;
  /**
   * Adds the rows `from` up to (not with) `to`, one by one, in order.
   * @param column of `rows.data` (numbers; NaN is skipped), of `rows.texts` (null is skipped), or NO_COLUMN
   */
  add(partial: P, rows: Rows, column: number, from: number, to: number): void;
  /** `into` followed by `next`. */
  merge(into: P, next: P): void;
  /** @param t time of the query, ms. @returns not yet rounded; null where it is missing */
  value(partial: P, t: number): Scalar;
  save(partial: P, out: ByteWriter): void;
  /** Estimate of what a partial takes in memory, where that grows with what is in it. */
  bytes?(partial: P): number;
  restore(from: ByteReader): P;
}

/** The events count, whatever their fields. */
export const NO_COLUMN = -1;

/** An empty one that is never saved. */
export const unsavedOf = <P>({ empty, unsaved = empty }: Aggregate<P>): P => unsaved();

/** Estimate of a partial that does not grow, measured with Node 20. */
const PARTIAL_BYTES = 64;

/** Estimate of what a partial takes in memory. */
export const bytesOf = <P>(aggregate: Aggregate<P>, partial: P): number => aggregate.bytes?.(partial) ?? PARTIAL_BYTES;
