/**
 * The category that is the rank-th most frequent; of equally frequent ones, the lesser by UTF-8 bytes comes first.
 * Exact up to EXACT_MAX different categories; beyond, of n values a count may be too small by n / 513, 0.2 % (see `heavy-hitters.ts`),
 * so categories whose counts are nearer than that may change places; the structure of merges, which is canonical, decides then.
 */
import type { Aggregate } from './aggregate.js';
import { HeavyHitters } from './heavy-hitters.js';

/** How many categories are counted at most, and after those with the least counts were dropped. */
export const EXACT_MAX = 1024;
export const KEPT = EXACT_MAX / 2;

const common: Omit<Aggregate<HeavyHitters>, 'value'> = {
  partial: 'top',
  empty: () => new HeavyHitters(KEPT),
  reset: (partial) => partial.reset(),
  add(partial, rows, column, from, to) {
    const { texts } = rows;
    const base = column * rows.capacity;
    for (let i = from; i < to; i++) {
      const value = texts[base + i]!;
      if (value !== null) partial.add(value);
    }
  },
  merge: (into, next) => into.merge(next),
  bytes: (partial) => partial.bytes(),
  save(partial, out) {
    const entries = partial.entries();
    out.natural(entries.length);
    for (const { text, count } of entries) {
      out.text(text);
      out.natural(count);
    }
  },
  restore(from) {
    const partial = new HeavyHitters(KEPT);
    const size = from.natural();
    if (size > EXACT_MAX) from.fail('holds too many categories of top');
    for (let left = size; left > 0; left--) {
      const text = from.text();
      const count = from.natural();
      if (count === 0) from.fail('holds a category of top that never came');
      partial.add(text, count);
    }
    if (partial.size !== size) from.fail('holds a category of top twice');
    return partial;
  },
};

/** @param rank from 1. What different ones of a column need is the same, and shared. Missing where there are fewer categories. */
export const top = (rank: number): Aggregate<HeavyHitters> => ({ ...common, value: (partial) => partial.ofRank(rank) });
