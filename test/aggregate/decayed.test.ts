import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decayedCount, decayedMean } from '../../src/aggregate/decayed.js';
import { events, oneColumn, partialOf } from './one-column.js';

const HALF_LIFE_MS = 10;
const count = decayedCount(HALF_LIFE_MS);
const mean = decayedMean(HALF_LIFE_MS);
const meanOf = (values: readonly (number | null)[], times: readonly number[], t: number, cuts?: readonly number[]) =>
  mean.value(partialOf(mean, oneColumn(values, 'number', times), cuts), t);

test('an event counts half after its half-life', () => {
  expect(events(count, [0], 0)).toBe(1);
  expect(events(count, [0], 10)).toBe(0.5);
  expect(events(count, [0, 10], 20, [1])).toBe(0.75);
});
test('the mean weighs by age, and does not fade itself', () => {
  expect(meanOf([4, null, 1], [0, 5, 10], 10, [1])).toBe((4 * 0.5 + 1) / 1.5);
  expect(meanOf([4], [0], 1e9)).toBe(4);
  expect(meanOf([null], [0], 1)).toBe(null);
});
test('is near the sum of weights, however it is cut and in whichever order partials come', () => {
  const times = fc.array(fc.nat(100), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(times, fc.nat(19), fc.boolean(), (list, cut, swapped) => {
      const sorted = [...list].sort((a, b) => a - b);
      const values = sorted.map((time) => Math.sin(time));
      const at = Math.min(cut, sorted.length);
      const part = (from: number, to: number) =>
        partialOf(mean, oneColumn(values.slice(from, to), 'number', sorted.slice(from, to)));
      const [a, b] = [part(0, at), part(at, sorted.length)];
      const whole = swapped ? b : a;
      mean.merge(whole, swapped ? a : b);
      const weights = sorted.map((time) => 2 ** ((time - 120) / HALF_LIFE_MS));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      expect(mean.value(whole, 120)).toBeCloseTo(
        values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total,
        10,
      );
      expect(events(count, sorted, 120, [at])).toBeCloseTo(total, 10);
    }),
  );
});
test('nothing underflows before the query asks', () => {
  expect(events(count, [0, 1e6], 1e6)).toBe(1);
  expect(events(count, [0], 1e6)).toBe(0);
});
