/**
 * Seconds from the last event to the query. The scored event itself does not count: else it would always be 0.
 * Its column is NO_COLUMN, or holds NaN where a condition is not satisfied.
 */
import { type Aggregate, NO_COLUMN } from './aggregate.js';

export interface Latest {
  /** ms; -Infinity where there is none. */
  time: number;
}

const MS_PER_SECOND = 1000;

export const secondsSince: Aggregate<Latest> = {
  partial: 'secondsSince',
  empty: () => ({ time: Number.NEGATIVE_INFINITY }),
  reset(partial) {
    partial.time = Number.NEGATIVE_INFINITY;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = to - 1; i >= from; i--) {
      if (column !== NO_COLUMN && Number.isNaN(data[base + i]!)) continue;
      partial.time = Math.max(partial.time, data[i]!);
      return;
    }
  },
  merge(into, next) {
    into.time = Math.max(into.time, next.time);
  },
  value: (partial, t) => (partial.time === Number.NEGATIVE_INFINITY ? null : (t - partial.time) / MS_PER_SECOND),
  save: (partial, out) => out.double(partial.time),
  restore: (from) => ({ time: from.double() }),
};
