/** How many events: 0 where there are none. */
import { type Aggregate, NO_COLUMN } from './aggregate.js';

export interface Count {
  n: number;
}

export const count: Aggregate<Count> = {
  partial: 'count',
  empty: () => ({ n: 0 }),
  reset(partial) {
    partial.n = 0;
  },
  add(partial, rows, column, from, to) {
    if (column === NO_COLUMN) {
      partial.n += to - from;
      return;
    }
    const { data } = rows;
    const base = column * rows.capacity;
    let { n } = partial;
    for (let i = base + from; i < base + to; i++) if (!Number.isNaN(data[i]!)) n++;
    partial.n = n;
  },
  merge(into, next) {
    into.n += next.n;
  },
  value: (partial) => partial.n,
  save: (partial, out) => out.natural(partial.n),
  restore: (from) => ({ n: from.natural() }),
};
