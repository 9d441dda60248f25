import { expect, test } from 'vitest';
import { distinctNumbers, distinctTexts } from '../../src/aggregate/distinct.js';
import { numbers, texts } from './one-column.js';

test('counts different numbers; 0 and -0 are one', () => {
  expect(numbers(distinctNumbers, [1, 2, 1, null, 2, 3], [3])).toBe(3);
  expect(numbers(distinctNumbers, [0, -0])).toBe(1);
});
test('counts different texts; an empty one is one of them', () => {
  expect(texts(distinctTexts, ['a', '', null, 'a', 'A'], [2])).toBe(3);
});
test('of nothing is missing', () => {
  expect(numbers(distinctNumbers, [null])).toBe(null);
  expect(texts(distinctTexts, [null])).toBe(null);
});
