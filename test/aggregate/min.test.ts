import { expect, test } from 'vitest';
import { min } from '../../src/aggregate/min.js';
import { numbers } from './one-column.js';

test('takes the least, across partials', () => {
  expect(numbers(min, [2, null, -3, 7, 1], [2, 3])).toBe(-3);
  expect(numbers(min, [2, null, -3, 7, 1])).toBe(-3);
  expect(numbers(min, [-3], [0])).toBe(-3);
  expect(numbers(min, [7], [0])).toBe(7);
});
test('of 0 and -0 takes the first', () => {
  expect(numbers(min, [-0, 0])).toBe(-0);
  expect(numbers(min, [0, -0], [1])).toBe(0);
});
