/** The share of events that satisfy a condition, of those that can be asked. Its column holds 1 for a hit, 0 for a miss. */
import type { Aggregate } from './aggregate.js';

export interface Share {
  n: number;
  hits: number;
}

export const share: Aggregate<Share> = {
  partial: 'share',
  empty: () => ({ n: 0, hits: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.hits = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    let { n, hits } = partial;
    for (let i = base + from; i < base + to; i++) {
      const hit = data[i]!;
      if (Number.isNaN(hit)) continue;
      n++;
      hits += hit;
    }
    partial.n = n;
    partial.hits = hits;
  },
  merge(into, next) {
    into.n += next.n;
    into.hits += next.hits;
  },
  value: (partial) => (partial.n === 0 ? null : partial.hits / partial.n),
  save(partial, out) {
    out.natural(partial.n);
    out.natural(partial.hits);
  },
  restore: (from) => ({ n: from.natural(), hits: from.natural() }),
};
