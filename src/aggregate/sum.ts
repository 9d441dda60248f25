/** The sum of a number, a plain left fold of doubles. It starts at +0, so it is never -0 and an empty partial adds nothing. */
import type { Aggregate } from './aggregate.js';

export interface Sum {
  n: number;
  sum: number;
}

export const sum: Aggregate<Sum> = {
  partial: 'sum',
  empty: () => ({ n: 0, sum: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.sum = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    let { n, sum } = partial;
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (Number.isNaN(value)) continue;
      n++;
      sum += value;
    }
    partial.n = n;
    partial.sum = sum;
  },
  merge(into, next) {
    into.n += next.n;
    into.sum += next.sum;
  },
  value: (partial) => (partial.n === 0 ? null : partial.sum),
  save(partial, out) {
    out.natural(partial.n);
    out.double(partial.sum);
  },
  restore: (from) => ({ n: from.natural(), sum: from.double() }),
};
