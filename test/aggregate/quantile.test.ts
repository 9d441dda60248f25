import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXACT_MAX, quantile } from '../../src/aggregate/quantile.js';
import { numbers } from './one-column.js';
import { inAnyWay, partOf, random, restored, savedBytes, seeds, sizes } from './sketches.js';

/** Each draws one value. */
const DRAWS: Readonly<Record<string, (next: () => number) => number>> = {
  uniform: (next) => next() * 1000 - 200,
  skewed: (next) => 2 ** (next() * 40 - 20),
  'of both signs': (next) => (next() < 0.5 ? -1 : 1) * 2 ** (next() * 240 - 120),
  'small and whole': (next) => Math.floor(next() * 1024) - 512,
  equal: () => 1234.567,
  'nearly equal': (next) => 1e9 + next(),
  tiny: (next) => (next() - 0.5) * 2 ** (-next() * 1000),
  huge: (next) => (next() - 0.5) * 2 ** (next() * 1000),
  'with zeros': (next) => (next() < 0.5 ? -0 : next() < 0.5 ? 0 : next()),
};
const draws = fc.constantFrom(...Object.keys(DRAWS));
const drawn = fc.record({ draw: draws, seed: seeds, size: sizes }).map(({ draw, seed, size }) => {
  const next = random(seed);
  return { draw, values: Array.from({ length: size }, () => DRAWS[draw]!(next)) };
});
const qs = fc.oneof(fc.constantFrom(0, 1, 0.5, 0.25, 0.9, 0.99), fc.double({ min: 0, max: 1, noNaN: true }));
const any = quantile(0.5);

/** The least of the values that at least the share q of them do not exceed, of all sorted. */
const exact = (values: readonly number[], q: number) =>
  values
    .map((value) => Math.fround(value) + 0)
    .sort((a, b) => a - b)
    .find((_, i, { length }) => (i + 1) / length >= q)!;

describe('quantile', () => {
  test('by ranks', () => {
    expect(numbers(quantile(0.5), [3, null, 1, 2], [2])).toBe(2);
    expect(numbers(quantile(0.5), [4, 1, 2, 3], [1])).toBe(2);
    expect(numbers(quantile(0.51), [4, 1, 2, 3])).toBe(3);
    expect(numbers(quantile(0), [4, 1, 2, 3])).toBe(1);
    expect(numbers(quantile(1), [4, 1, 2, 3])).toBe(4);
    expect(numbers(quantile(0.5), [-0, 0])).toBe(0);
    expect(numbers(quantile(0.5), [null, null])).toBe(null);
  });

  test("ranks are those of DuckDB's quantile_disc", async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const list = Array.from({ length: 101 }, (_, i) => i / 100);
    const reader = await connection.runAndReadAll(
      `SELECT n::INT, quantile_disc(x, [${list.map((q) => q.toFixed(2)).join()}])::VARCHAR
       FROM (SELECT n, unnest(range(1, n + 1)) AS x FROM range(1, 130) AS of(n)) GROUP BY n ORDER BY n`,
    );
    for (const [n, found] of reader.getRows() as [number, string][]) {
      const part = partOf(
        any,
        Array.from({ length: n }, (_, i) => i + 1),
      );
      expect(list.map((q) => quantile(q).value(part, 0))).toEqual(JSON.parse(found));
    }
    connection.closeSync();
  });

  test('is the same, to the byte, however values come', () => {
    fc.assert(
      fc.property(drawn, seeds, qs, ({ values }, seed, q) => {
        const whole = partOf(any, values);
        const parted = inAnyWay(any, values, seed);
        expect(savedBytes(any, parted)).toEqual(savedBytes(any, whole));
        expect(quantile(q).value(parted, 0)).toBe(quantile(q).value(whole, 0));
      }),
      { numRuns: 60 },
    );
  });

  test(`is exact up to ${EXACT_MAX} values, and within 2^-8 above`, () => {
    fc.assert(
      fc.property(drawn, fc.array(qs, { minLength: 1, maxLength: 8 }), ({ draw, values }, list) => {
        const part = partOf(any, values);
        for (const q of list) {
          const expected = exact(values, q);
          const found = quantile(q).value(part, 0) as number;
          const isExact =
            values.length <= EXACT_MAX || q === 0 || q === 1 || draw === 'equal' || draw === 'small and whole';
          if (isExact || !Number.isFinite(expected)) expect(found).toBe(expected);
          else {
            const errorMax = Math.max(2 ** -8 * Math.abs(expected), 2 ** -134);
            expect(Math.abs(found - expected)).toBeLessThanOrEqual(errorMax);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('grows with q', () => {
    fc.assert(
      fc.property(drawn, qs, qs, ({ values }, a, b) => {
        const part = partOf(any, values);
        const least = quantile(Math.min(a, b)).value(part, 0) as number;
        expect(least).toBeLessThanOrEqual(quantile(Math.max(a, b)).value(part, 0) as number);
      }),
      { numRuns: 60 },
    );
  });

  test('is restored as it was saved, and used again after a reset as if new', () => {
    fc.assert(
      fc.property(drawn, drawn, (one, other) => {
        const part = partOf(any, one.values);
        const bytes = savedBytes(any, part);
        expect(savedBytes(any, restored(any, bytes))).toEqual(bytes);
        any.reset(part);
        expect(any.value(part, 0)).toBe(null);
        const next = partOf(any, other.values);
        any.merge(part, next);
        expect(savedBytes(any, part)).toEqual(savedBytes(any, next));
      }),
      { numRuns: 40 },
    );
  });

  test('what different q need of a column is one partial', () => {
    expect(quantile(0.1).partial).toBe(quantile(0.9).partial);
  });

  test('these bytes, for ever', () => {
    const few = savedBytes(any, partOf(any, [1, -2.5, 0, 1e300, 1]));
    expect(few.toString('hex')).toBe(FEW);
    const many = Array.from({ length: 1030 }, (_, i) => (i % 2 === 0 ? 1 : -3));
    expect(savedBytes(any, partOf(any, many)).toString('hex')).toBe(MANY);
  });

  test('bytes that say something impossible are refused', () => {
    const many = savedBytes(any, partOf(any, new Array(1030).fill(7)));
    const short = Buffer.from(many);
    short[0] = short[0]! - 1;
    expect(() => restored(any, short)).toThrow('more values than it says');
    expect(() => restored(any, many.subarray(0, 5))).toThrow('ends early');
  });

  test('takes 4 bytes a value, and a page for each power of two', () => {
    const sixtyFour = partOf(any, Array.from({ length: 64 }, random(1)));
    expect(any.bytes!(sixtyFour)).toBeLessThan(900);
    const next = random(1);
    const many = partOf(
      any,
      Array.from({ length: 4096 }, () => 2 ** (next() * 10)),
    );
    expect(any.bytes!(many)).toBeLessThan(44_000);
    const worst = partOf(
      any,
      Array.from({ length: 100_000 }, () => (next() - 0.5) * 2 ** (next() * 400 - 200)),
    );
    expect(any.bytes!(worst)).toBeLessThan(1_200_000);
  });
});
const FEW = '05fffffffe038180808104808080fc03008080808004';
const MANY = '8608fffffffd03808080fc0bfffe01830481ff038304';
