/** The least value of a number; of equal ones (0 and -0) the first. */
import type { Aggregate } from './aggregate.js';

export interface Min {
  n: number;
  min: number;
}

export const min: Aggregate<Min> = {
  partial: 'min',
  empty: () => ({ n: 0, min: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.min = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    let { n, min } = partial;
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (Number.isNaN(value)) continue;
      if (n === 0 || value < min) min = value;
      n++;
    }
    partial.n = n;
    partial.min = min;
  },
  merge(into, next) {
    if (next.n === 0) return;
    if (into.n === 0 || next.min < into.min) into.min = next.min;
    into.n += next.n;
  },
  value: (partial) => (partial.n === 0 ? null : partial.min),
  save(partial, out) {
    out.natural(partial.n);
    out.double(partial.min);
  },
  restore: (from) => ({ n: from.natural(), min: from.double() }),
};
