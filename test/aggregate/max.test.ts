import { expect, test } from 'vitest';
import { max } from '../../src/aggregate/max.js';
import { numbers } from './one-column.js';

test('takes the greatest, across partials', () => {
  expect(numbers(max, [2, null, -3, 7, 1], [2, 3])).toBe(7);
  expect(numbers(max, [2, null, -3, 7, 1])).toBe(7);
  expect(numbers(max, [-3], [0])).toBe(-3);
  expect(numbers(max, [7], [0])).toBe(7);
});
test('of 0 and -0 takes the first', () => {
  expect(numbers(max, [-0, 0])).toBe(-0);
  expect(numbers(max, [0, -0], [1])).toBe(0);
});
