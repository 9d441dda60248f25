import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXACT_MAX, KEPT, top } from '../../src/aggregate/top.js';
import { texts } from './one-column.js';
import { inAnyWay, partOf, random, restored, savedBytes, seeds, sizes } from './sketches.js';

const any = top(1);
/** Some categories are much more frequent than others. @param different how many there are at most */
const draw = (seed: number, size: number, different: number) => {
  const next = random(seed);
  return Array.from({ length: size }, () => `c${Math.floor(next() * next() * next() * different)}`);
};
const counts = (values: readonly string[]) => {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
};

describe('top', () => {
  test('takes the most frequent, then the next', () => {
    const values = ['b', 'a', null, 'b', 'c', 'b', 'c'];
    expect(texts(top(1), values, [2, 5])).toBe('b');
    expect(texts(top(2), values, [2, 5])).toBe('c');
    expect(texts(top(3), values)).toBe('a');
    expect(texts(top(4), values)).toBe(null);
    expect(texts(top(1), [null])).toBe(null);
  });
  test('of equally frequent ones takes the lesser by UTF-8 bytes first', () => {
    const values = ['\uffff', '😀', 'b', 'é', '', 'B'];
    expect([1, 2, 3, 4, 5, 6, 7].map((rank) => texts(top(rank), values))).toEqual([
      ...['', 'B', 'b', 'é', '\uffff', '😀'],
      null,
    ]);
  });

  test('ranks are those of all categories sorted, whatever the rank', () => {
    const categories = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', '😀', '\uffff'), { maxLength: 40 });
    fc.assert(
      fc.property(categories, fc.integer({ min: 1, max: 9 }), (values, rank) => {
        const sorted = [...counts(values)].sort(
          ([a, x], [b, y]) => y - x || Buffer.compare(Buffer.from(a), Buffer.from(b)),
        );
        expect(texts(top(rank), values)).toBe(sorted[rank - 1]?.[0] ?? null);
      }),
    );
  });

  test(`is the same, to the byte, however up to ${EXACT_MAX} categories come`, () => {
    fc.assert(
      fc.property(seeds, sizes, fc.integer({ min: 1, max: EXACT_MAX }), seeds, (seed, size, different, way) => {
        const values = draw(seed, size, different);
        const bytes = savedBytes(any, partOf(any, values));
        expect(savedBytes(any, inAnyWay(any, values, way))).toEqual(bytes);
        expect(savedBytes(any, restored(any, bytes))).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  test('with more categories, no count is too great, none too small by more than n / 513', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 5000, max: 12_000 }), seeds, (seed, size, way) => {
        const values = draw(seed, size, 20_000);
        const found = inAnyWay(any, values, way);
        expect(found.size).toBeLessThanOrEqual(EXACT_MAX);
        const held = new Map(found.entries().map(({ text, count }) => [text, count]));
        for (const [text, count] of counts(values)) {
          const lacking = count - (held.get(text) ?? 0);
          expect(lacking).toBeGreaterThanOrEqual(0);
          expect(lacking).toBeLessThanOrEqual(size / (KEPT + 1));
        }
      }),
      { numRuns: 5 },
    );
  });

  test('is used again after a reset as if new, however often', () => {
    const part = any.empty();
    for (let round = 0; round < 12; round++) {
      const values = draw(round, 3000, 900).map((value) => `${round} ${value}`);
      const once = partOf(any, values);
      any.merge(part, once);
      expect(savedBytes(any, part)).toEqual(savedBytes(any, once));
      any.reset(part);
      expect(any.value(part, 0)).toBe(null);
    }
    expect(any.bytes!(part)).toBeLessThan(250_000);
  });

  test('what different ranks need of a column is one partial', () => {
    expect(top(1).partial).toBe(top(3).partial);
  });

  test('these bytes, for ever', () => {
    expect(savedBytes(any, partOf(any, ['b', 'é', 'b', ''])).toString('hex')).toBe('03000101620202c3a901');
  });

  test('bytes that say something impossible are refused', () => {
    expect(() => restored(any, Buffer.from('020162020162', 'hex'))).toThrow('ends early');
    expect(() => restored(any, Buffer.from('0201620201 6201'.replace(' ', ''), 'hex'))).toThrow('twice');
    expect(() => restored(any, Buffer.from('01016200', 'hex'))).toThrow('never came');
    expect(() => restored(any, Buffer.from('8108', 'hex'))).toThrow('too many categories');
  });
});
