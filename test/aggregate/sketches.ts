/** For the aggregates that are functions of a multiset: many values from a seed, merged in any grouping and order, and their bytes. */
import fc from 'fast-check';
import type { Aggregate } from '../../src/aggregate/aggregate.js';
import { ByteReader } from '../../src/aggregate/byte-reader.js';
import { ByteWriter } from '../../src/aggregate/byte-writer.js';
import { oneColumn } from './one-column.js';

/** Numbers from 0 up to 1, by a linear congruential generator: a thousand values from fast-check itself would be slow. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sizes on both sides of 1,024, and small ones. */
export const sizes = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1020, max: 1030 }),
  fc.integer({ min: 1, max: 4000 }),
);
export const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

export function partOf<P>(aggregate: Aggregate<P>, values: readonly (number | string | null)[]): P {
  const kind = values.some((value) => typeof value === 'string') ? 'text' : 'number';
  const { rows, column } = oneColumn(values, kind);
  const part = aggregate.empty();
  aggregate.add(part, rows, column, 0, rows.end);
  return part;
}

export function savedBytes<P>(aggregate: Aggregate<P>, partial: P): Buffer {
  const out = new ByteWriter();
  aggregate.save(partial, out);
  return out.take();
}

export function restored<P>(aggregate: Aggregate<P>, bytes: Buffer): P {
  const from = new ByteReader(bytes, 'test');
  const partial = aggregate.restore(from);
  from.end();
  return partial;
}

/** Shuffles, cuts into parts of any sizes, and merges the parts in a random tree; some are saved and restored on the way. */
export function inAnyWay<P>(aggregate: Aggregate<P>, values: readonly (number | string | null)[], seed: number): P {
  const next = random(seed);
  const upTo = (end: number) => Math.floor(next() * end);
  const shuffled = values
    .map((value) => ({ value, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
  const parts: P[] = [aggregate.empty()];
  const partMax = 1 + upTo(values.length);
  for (let at = 0; at < values.length; ) {
    const size = 1 + upTo(partMax);
    parts.push(partOf(aggregate, shuffled.slice(at, at + size)));
    at += size;
  }
  while (parts.length > 1) {
    const [taken] = parts.splice(upTo(parts.length), 1);
    const into = upTo(parts.length);
    if (next() < 0.3) parts[into] = restored(aggregate, savedBytes(aggregate, parts[into]!));
    aggregate.merge(parts[into]!, taken!);
  }
  return parts[0]!;
}
