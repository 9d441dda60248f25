import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aggregate } from '../../src/aggregate/aggregate.js';
import {
  approxDistinctNumbers,
  approxDistinctTexts,
  type Sketch,
  SPARSE_MAX,
} from '../../src/aggregate/approx-distinct.js';
import { numbers, texts } from './one-column.js';
import { inAnyWay, partOf, random, restored, savedBytes, seeds, sizes } from './sketches.js';

/** So many different values, some of them again and again. */
const drawn = fc.record({ seed: seeds, size: sizes, text: fc.boolean() }).map(({ seed, size, text }) => {
  const next = random(seed);
  const values = Array.from({ length: size }, (_, i) => (next() < 0.3 ? Math.floor(next() * i) : i) + seed);
  return text
    ? { aggregate: approxDistinctTexts, values: values.map((value) => `value ${value}`) }
    : { aggregate: approxDistinctNumbers, values: values.map((value) => value / 8) };
});
const estimateOf = (aggregate: Aggregate<Sketch>, values: readonly (number | string)[]) =>
  aggregate.value(partOf(aggregate, values), 0);

describe('approxDistinct', () => {
  test('of few values is their number', () => {
    expect(numbers(approxDistinctNumbers, [1, 2, 1, null, 2, 3], [3])).toBe(3);
    expect(numbers(approxDistinctNumbers, [0, -0])).toBe(1);
    expect(texts(approxDistinctTexts, ['a', '', null, 'a', 'A'], [2])).toBe(3);
    expect(numbers(approxDistinctNumbers, [null])).toBe(null);
  });

  test('is the same, to the byte, however values come, and however often', () => {
    fc.assert(
      fc.property(drawn, seeds, ({ aggregate, values }, seed) => {
        const bytes = savedBytes(aggregate, partOf(aggregate, values));
        expect(savedBytes(aggregate, inAnyWay(aggregate, values, seed))).toEqual(bytes);
        const once = [...new Set<number | string>(values)];
        expect(savedBytes(aggregate, inAnyWay(aggregate, once, seed))).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  test('is restored as it was saved, and used again after a reset as if new', () => {
    fc.assert(
      fc.property(drawn, drawn, ({ aggregate, values }, other) => {
        const part = partOf(aggregate, values);
        const bytes = savedBytes(aggregate, part);
        expect(savedBytes(aggregate, restored(aggregate, bytes))).toEqual(bytes);
        aggregate.reset(part);
        expect(aggregate.value(part, 0)).toBe(null);
        const next = partOf(other.aggregate, other.values);
        aggregate.merge(part, next);
        expect(savedBytes(aggregate, part)).toEqual(savedBytes(aggregate, next));
      }),
      { numRuns: 40 },
    );
  });

  test(`is exact up to ${SPARSE_MAX}`, () => {
    for (const size of [1, 10, 64, 500, SPARSE_MAX]) {
      const values = Array.from({ length: size }, (_, i) => i);
      expect(estimateOf(approxDistinctNumbers, values)).toBe(size);
      expect(
        estimateOf(
          approxDistinctTexts,
          values.map((value) => `text ${value}`),
        ),
      ).toBe(size);
    }
  });

  /** The published standard error is 1.04 / sqrt(4096). 40 of a kind: its own error is a ninth of it. */
  test.each([1025, 2000, 4096, 10_000, 25_000])(
    'has the standard error that is stated, and no bias, at %i values',
    (size) => {
      const trials = 40;
      let sum = 0;
      let squares = 0;
      for (let trial = 0; trial < trials; trial++) {
        const values = Array.from({ length: size }, (_, i) => trial * 1e6 + i);
        const found =
          trial % 2 === 0
            ? estimateOf(approxDistinctNumbers, values)
            : estimateOf(
                approxDistinctTexts,
                values.map((value) => `${value}`),
              );
        const error = (found as number) / size - 1;
        sum += error;
        squares += error * error;
      }
      const standardError = 1.04 / 64;
      expect(Math.abs(sum / trials)).toBeLessThan((4 * standardError) / Math.sqrt(trials));
      expect(Math.sqrt(squares / trials)).toBeLessThan(1.45 * standardError);
    },
  );

  test('of a million million values, whose registers are drawn, is as near', () => {
    const next = random(7);
    for (const size of [1e6, 1e9, 1e12]) {
      // A register holds k or less if none of its values has k zeros before its first 1.
      const registers = Array.from({ length: 4096 }, () => {
        const drawn = next();
        let place = 0;
        while ((1 - 2 ** -place) ** (size / 4096) < drawn) place++;
        return place;
      });
      const sketch = restored(approxDistinctNumbers, Buffer.from([1, ...registers]));
      const error = (approxDistinctNumbers.value(sketch, 0) as number) / size - 1;
      expect(Math.abs(error)).toBeLessThan((4 * 1.04) / 64);
    }
  });

  test('finds these registers and estimates, for ever', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => i);
    expect(estimateOf(approxDistinctNumbers, many)).toBe(9948);
    expect(
      estimateOf(
        approxDistinctTexts,
        many.map((value) => `${value}`),
      ),
    ).toBe(10_287);
    expect(savedBytes(approxDistinctNumbers, partOf(approxDistinctNumbers, [1, 2, 3])).toString('hex')).toBe(
      '0003c2ffdbdb0bff92b5c301c2aefc9c02',
    );
    expect(savedBytes(approxDistinctTexts, partOf(approxDistinctTexts, ['a', 'é', ''])).toString('hex')).toBe(
      '000307fd8ec48001fdc3d1e002',
    );
  });

  test('what was restored dense estimates the same, and goes on', () => {
    const many = Array.from({ length: 5000 }, (_, i) => i);
    const part = partOf(approxDistinctNumbers, many);
    const again = restored(approxDistinctNumbers, savedBytes(approxDistinctNumbers, part));
    const more = partOf(
      approxDistinctNumbers,
      many.map((value) => value + 4000),
    );
    approxDistinctNumbers.merge(part, more);
    approxDistinctNumbers.merge(again, more);
    expect(approxDistinctNumbers.value(again, 0)).toBe(approxDistinctNumbers.value(part, 0));
  });

  test('takes 4 bytes a value of a chunk, and never more than 14 KB', () => {
    const { bytes } = approxDistinctNumbers;
    const values = Array.from({ length: 5000 }, (_, i) => i);
    expect(bytes!(partOf(approxDistinctNumbers, values.slice(0, 64)))).toBeLessThan(900);
    expect(bytes!(partOf(approxDistinctNumbers, values))).toBeLessThan(14_000);
    expect(savedBytes(approxDistinctNumbers, partOf(approxDistinctNumbers, values)).length).toBe(4097);
  });

  test('bytes that say something impossible are refused', () => {
    const sparse = savedBytes(approxDistinctNumbers, partOf(approxDistinctNumbers, [1, 2]));
    expect(() => restored(approxDistinctNumbers, sparse.subarray(0, 4))).toThrow('ends early');
    expect(() => restored(approxDistinctNumbers, Buffer.from([0, 0x81, 0x08]))).toThrow('too many entries');
    expect(() => restored(approxDistinctNumbers, Buffer.from([0, 2, 5, 0]))).toThrow('twice');
    expect(() => restored(approxDistinctNumbers, Buffer.alloc(4097, 54).fill(1, 0, 1))).toThrow('beyond its hash');
  });
});
