import { describe, expect, test } from 'vitest';
import { firstNumber, firstText } from '../../src/aggregate/first.js';
import { numbers, oneColumn, partialOf, texts } from './one-column.js';

test('is the first value that there is', () => {
  expect(numbers(firstNumber, [null, 1, 2, null, 3, null], [2, 4])).toBe(1);
  expect(texts(firstText, [null, 'a', '', null], [2])).toBe('a');
  expect(numbers(firstNumber, [null])).toBe(null);
});

describe('when partials come in another order', () => {
  const part = (value: number, time: number, id: string) => ({
    ...partialOf(firstNumber, oneColumn([value], 'number', [time])),
    id,
  });
  const merged = (a: ReturnType<typeof part>, b: ReturnType<typeof part>) => {
    firstNumber.merge(a, b);
    return firstNumber.value(a, 9);
  };
  test('times decide', () => {
    expect(merged(part(1, 5, 'a'), part(2, 3, 'b'))).toBe(2);
    expect(merged(part(1, 3, 'a'), part(2, 5, 'b'))).toBe(1);
  });
  test('then the bytes of ids', () => {
    expect(merged(part(1, 5, '😀'), part(2, 5, '\uffff'))).toBe(2);
    expect(merged(part(1, 5, '\uffff'), part(2, 5, '😀'))).toBe(1);
  });
});
