/**
 * The population variance of a number (divided by n, as SQL's `var_pop`): of one value it is 0, of nothing it is missing.
 * Method: Welford's within a segment, Chan's between partials: no difference of large sums. It is never negative, and exactly 0
 * for equal values, since then every difference from the mean is exactly 0.
 */
import type { Aggregate } from './aggregate.js';

export interface Variance {
  n: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
}

export const variance: Aggregate<Variance> = {
  partial: 'variance',
  empty: () => ({ n: 0, mean: 0, squares: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.mean = 0;
    partial.squares = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    let { n, mean, squares } = partial;
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (Number.isNaN(value)) continue;
      n++;
      const before = value - mean;
      mean += before / n;
      squares += before * (value - mean);
    }
    partial.n = n;
    partial.mean = mean;
    partial.squares = squares;
  },
  merge(into, next) {
    if (next.n === 0) return;
    if (into.n === 0) {
      into.n = next.n;
      into.mean = next.mean;
      into.squares = next.squares;
      return;
    }
    const n = into.n + next.n;
    const apart = next.mean - into.mean;
    into.squares += next.squares + apart * apart * ((into.n * next.n) / n);
    into.mean += apart * (next.n / n);
    into.n = n;
  },
  value: (partial) => (partial.n === 0 ? null : partial.squares / partial.n),
  save(partial, out) {
    out.natural(partial.n);
    out.double(partial.mean);
    out.double(partial.squares);
  },
  restore: (from) => ({ n: from.natural(), mean: from.double(), squares: from.double() }),
};
