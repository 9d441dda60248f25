import { expect, test } from 'vitest';
import { std } from '../../src/aggregate/std.js';
import { numbers } from './one-column.js';

test('is the root of the variance of the population', () => {
  expect(numbers(std, [1, 2, 3, 4], [2])).toBeCloseTo(Math.sqrt(5 / 4), 12);
  expect(numbers(std, [0.1, 0.1, 0.1], [1])).toBe(0);
  expect(numbers(std, [1])).toBe(0);
  expect(numbers(std, [null])).toBe(null);
});
