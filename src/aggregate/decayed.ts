/**
 * Exponentially decayed count and mean: an event counts 2^(-(age) / half-life).
 * Method: a partial holds its weights as they were at the time of its latest event, where the greatest is 1, so that nothing
 * underflows; the query brings them to its own time. The mean needs no such step: it would scale both sums alike.
 */
import { type Aggregate, NO_COLUMN } from './aggregate.js';
import { exp2 } from './exp2.js';

export interface Decayed {
  n: number;
  /** Reference time, ms. */
  time: number;
  weight: number;
  /** Weighted sum of the values. */
  sum: number;
}

/** Adds what weighs `weight` at `time`. */
function put(into: Decayed, n: number, time: number, weight: number, sum: number, halfLifeMs: number): void {
  if (into.n === 0) {
    into.time = time;
    into.weight = weight;
    into.sum = sum;
  } else if (time >= into.time) {
    const kept = exp2((into.time - time) / halfLifeMs);
    into.weight = into.weight * kept + weight;
    into.sum = into.sum * kept + sum;
    into.time = time;
  } else {
    const kept = exp2((time - into.time) / halfLifeMs);
    into.weight += weight * kept;
    into.sum += sum * kept;
  }
  into.n += n;
}

const common = (halfLifeMs: number): Omit<Aggregate<Decayed>, 'partial' | 'add' | 'value'> => ({
  empty: () => ({ n: 0, time: 0, weight: 0, sum: 0 }),
  reset(partial) {
    partial.n = 0;
    partial.time = 0;
    partial.weight = 0;
    partial.sum = 0;
  },
  merge(into, next) {
    if (next.n > 0) put(into, next.n, next.time, next.weight, next.sum, halfLifeMs);
  },
  save(partial, out) {
    out.natural(partial.n);
    out.double(partial.time);
    out.double(partial.weight);
    out.double(partial.sum);
  },
  restore: (from) => ({ n: from.natural(), time: from.double(), weight: from.double(), sum: from.double() }),
});

export const decayedCount = (halfLifeMs: number): Aggregate<Decayed> => ({
  ...common(halfLifeMs),
  partial: `decayedCount ${halfLifeMs}`,
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = from; i < to; i++) {
      if (column === NO_COLUMN || !Number.isNaN(data[base + i]!)) put(partial, 1, data[i]!, 1, 0, halfLifeMs);
    }
  },
  value: (partial, t) => (partial.n === 0 ? null : partial.weight * exp2((partial.time - t) / halfLifeMs)),
});

export const decayedMean = (halfLifeMs: number): Aggregate<Decayed> => ({
  ...common(halfLifeMs),
  partial: `decayedMean ${halfLifeMs}`,
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = from; i < to; i++) {
      const value = data[base + i]!;
      if (!Number.isNaN(value)) put(partial, 1, data[i]!, 1, value, halfLifeMs);
    }
  },
  value: (partial) => (partial.n === 0 ? null : partial.sum / partial.weight),
});
