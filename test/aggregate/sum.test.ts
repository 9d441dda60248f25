import { expect, test } from 'vitest';
import { sum } from '../../src/aggregate/sum.js';
import { numbers } from './one-column.js';

test('adds from left to right, partial by partial', () => {
  expect(numbers(sum, [1e17, 1, 1, -1e17])).toBe(0);
  expect(numbers(sum, [1e17, 1, 1, -1e17], [1])).toBe(0);
  expect(numbers(sum, [16, 1e17, -1e17, 1], [1, 3])).toBe(17);
  expect(numbers(sum, [0.1, 0.2, 0.3])).toBe(0.1 + 0.2 + 0.3);
});
test('skips what is missing; of nothing it is missing', () => {
  expect(numbers(sum, [null, 2, null])).toBe(2);
  expect(numbers(sum, [null])).toBe(null);
});
test('is never -0', () => {
  expect(numbers(sum, [-0])).toBe(0);
});
