import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeavyHitters } from '../../src/aggregate/heavy-hitters.js';

/** Skewed: few keys are most of the stream. */
const stream = fc.array(
  fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => `k${Math.min(a, b)}`),
  { maxLength: 400 },
);

test('counts lie within their bounds, and no frequent key is lacking', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 12 }), (keys, counters) => {
      const hitters = new HeavyHitters(counters);
      const counts = new Map<string, number>();
      for (const key of keys) {
        hitters.add(key);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const first = hitters.first(counters);
      const shareMax = keys.length / (counters + 1);
      expect(hitters.total).toBe(keys.length);
      for (const { key, rows, rowsAtMost } of first) {
        expect(rows).toBeGreaterThan(0);
        expect(rows).toBeLessThanOrEqual(counts.get(key)!);
        expect(rowsAtMost).toBeGreaterThanOrEqual(counts.get(key)!);
        expect(rowsAtMost - rows).toBeLessThanOrEqual(shareMax);
      }
      const named = new Set(first.map(({ key }) => key));
      for (const [key, count] of counts) if (count > shareMax) expect(named).toContain(key);
    }),
  );
});

test('with a counter for every key it is exact, in order', () => {
  fc.assert(
    fc.property(stream, fc.nat(40), (keys, n) => {
      const hitters = new HeavyHitters(31);
      const counts = new Map<string, number>();
      for (const key of keys) {
        hitters.add(key);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const expected = [...counts]
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .slice(0, n)
        .map(([key, rows]) => ({ key, rows, rowsAtMost: rows }));
      expect(hitters.first(n)).toEqual(expected);
    }),
  );
});
