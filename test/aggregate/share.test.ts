import { expect, test } from 'vitest';
import { share } from '../../src/aggregate/share.js';
import { numbers } from './one-column.js';

test('is hits by those that can be asked', () => {
  expect(numbers(share, [1, 0, null, 1, 0, 0], [2])).toBe(2 / 5);
  expect(numbers(share, [0])).toBe(0);
  expect(numbers(share, [null])).toBe(null);
});
