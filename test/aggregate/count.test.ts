import { expect, test } from 'vitest';
import { count } from '../../src/aggregate/count.js';
import { events, numbers } from './one-column.js';

test('counts events, or those that have a value', () => {
  expect(events(count, [1, 1, 2], 3)).toBe(3);
  expect(numbers(count, [1, null, 0], [2])).toBe(2);
  expect(numbers(count, [])).toBe(0);
});
