import { expect, test } from 'vitest';
import { mean } from '../../src/aggregate/mean.js';
import { numbers } from './one-column.js';

test('is the sum divided by the count of values', () => {
  expect(numbers(mean, [1, null, 2], [1])).toBe(1.5);
  expect(numbers(mean, [0.1, 0.2, 0.3])).toBe((0.1 + 0.2 + 0.3) / 3);
  expect(numbers(mean, [null])).toBe(null);
});
