import { describe, expect, test } from 'vitest';
import { lastNumber, lastText } from '../../src/aggregate/last.js';
import { numbers, oneColumn, partialOf, texts } from './one-column.js';

test('is the last value that there is', () => {
  expect(numbers(lastNumber, [null, 1, 2, null, 3, null], [2, 4])).toBe(3);
  expect(texts(lastText, [null, 'a', '', null], [2])).toBe('');
  expect(numbers(lastNumber, [null])).toBe(null);
});

describe('when partials come in another order', () => {
  const part = (value: number, time: number, id: string) => ({
    ...partialOf(lastNumber, oneColumn([value], 'number', [time])),
    id,
  });
  const merged = (a: ReturnType<typeof part>, b: ReturnType<typeof part>) => {
    lastNumber.merge(a, b);
    return lastNumber.value(a, 9);
  };
  test('times decide', () => {
    expect(merged(part(1, 5, 'a'), part(2, 3, 'b'))).toBe(1);
    expect(merged(part(1, 3, 'a'), part(2, 5, 'b'))).toBe(2);
  });
  test('then the bytes of ids', () => {
    expect(merged(part(1, 5, '😀'), part(2, 5, '\uffff'))).toBe(1);
    expect(merged(part(1, 5, '\uffff'), part(2, 5, '😀'))).toBe(2);
  });
});
