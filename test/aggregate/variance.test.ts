import fc from 'fast-check';
import { expect, test } from 'vitest';
import { variance } from '../../src/aggregate/variance.js';
import { numbers } from './one-column.js';

test('is the variance of the population, in one partial or several', () => {
  expect(numbers(variance, [2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(4, 12);
  expect(numbers(variance, [2, 4, null, 4, 4, 5, 5, 7, 9], [3, 5])).toBeCloseTo(4, 12);
});
test('of one value is 0, of nothing missing', () => {
  expect(numbers(variance, [3])).toBe(0);
  expect(numbers(variance, [null, 3], [1])).toBe(0);
  expect(numbers(variance, [null])).toBe(null);
});
test('of equal values is exactly 0', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 40 }), (x, n) => {
      expect(numbers(variance, new Array(n).fill(x), [1])).toBe(0);
      expect(numbers(variance, new Array(n).fill(x), [Math.floor(n / 2)])).toBe(0);
    }),
  );
});
test('is never negative, and close to two passes even far from 0', () => {
  const near = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(near, fc.constantFrom(0, 1e6, -1e9), fc.nat(39), (list, far, cut) => {
      const values = list.map((x) => x + far);
      const mean = values.reduce((sum, x) => sum + (x - far), 0) / values.length + far;
      const twoPasses = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
      const value = numbers(variance, values, [Math.min(cut, values.length)]) as number;
      expect(value).toBeGreaterThanOrEqual(0);
      expect(Math.abs(value - twoPasses)).toBeLessThan(2e-9 + 1e-6 * (Math.abs(far) > 1e8 ? 1 : twoPasses));
    }),
  );
});
