/** How many different values; 0 and -0 are one value. Its partial is the set of them, in the order in which they came. */
import type { Aggregate } from './aggregate.js';

export type Distinct = Set<number | string>;

/** Estimates for the cache: of an empty set, and of a value. */
const SET_BYTES = 200;
const VALUE_BYTES = 64;

const common: Omit<Aggregate<Distinct>, 'partial' | 'add' | 'save' | 'restore'> = {
  empty: () => new Set(),
  reset: (partial) => partial.clear(),
  merge(into, next) {
    for (const value of next) into.add(value);
  },
  value: (partial) => (partial.size === 0 ? null : partial.size),
  bytes: (partial) => SET_BYTES + partial.size * VALUE_BYTES,
};

export const distinctNumbers: Aggregate<Distinct> = {
  ...common,
  partial: 'distinctNumbers',
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (!Number.isNaN(value)) partial.add(value);
    }
  },
  save(partial, out) {
    out.natural(partial.size);
    for (const value of partial) out.double(value as number);
  },
  restore(from) {
    const partial: Distinct = new Set();
    for (let left = from.natural(); left > 0; left--) partial.add(from.double());
    return partial;
  },
};

export const distinctTexts: Aggregate<Distinct> = {
  ...common,
  partial: 'distinctTexts',
  add(partial, rows, column, from, to) {
    const texts = rows.texts[column]!;
    for (let i = from; i < to; i++) {
      const value = texts[i]!;
      if (value !== null) partial.add(value);
    }
  },
  save(partial, out) {
    out.natural(partial.size);
    for (const value of partial) out.text(value as string);
  },
  restore(from) {
    const partial: Distinct = new Set();
    for (let left = from.natural(); left > 0; left--) partial.add(from.text());
    return partial;
  },
};
