/** The greatest value of a number; of equal ones (0 and -0) the first. */
import type { Aggregate } from './aggregate.js';

export interface Max {
  n: number;
  max: number;
}

export const max: Aggregate<Max> = {
  partial: 'max',
  empty: () => ({ n: 0, max: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.max = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    let { n, max } = partial;
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (Number.isNaN(value)) continue;
      if (n === 0 || value > max) max = value;
      n++;
    }
    partial.n = n;
    partial.max = max;
  },
  merge(into, next) {
    if (next.n === 0) return;
    if (into.n === 0 || next.max > into.max) into.max = next.max;
    into.n += next.n;
  },
  value: (partial) => (partial.n === 0 ? null : partial.max),
  save(partial, out) {
    out.natural(partial.n);
    out.double(partial.max);
  },
  restore: (from) => ({ n: from.natural(), max: from.double() }),
};
