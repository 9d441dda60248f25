import { expect, test } from 'vitest';
import { readable, readableDifference } from '../../src/runtime/readable.js';

test('durations as the language writes them, expressions as text, hashes by their first digits', () => {
  const field = { kind: 'field', field: 'delay' };
  const where = { kind: 'compare', value: field, is: 'gte', to: { kind: 'constant', value: 15 } };
  expect(readable({ windowMs: 10_800_000, delayMs: 0, halfLifeMs: null, value: field, where })).toEqual({
    window: '3h',
    delay: '0ms',
    halfLife: null,
    value: 'delay',
    where: 'delay >= 15',
  });
  expect(readable({ windowMs: null, groups: ['ab'.repeat(32), 'ab'] })).toEqual({
    window: 'all time',
    groups: ['abababababab', 'ab'],
  });
});

test('what it does not know stays as it is', () => {
  const old = { windowMs: 1.5, where: { kind: 'compare', field: 'delay' }, Ms: 3, is: { kind: 'other' } };
  expect(readable(old)).toEqual({ ...old, window: 1.5, windowMs: undefined });
});

test('a group of a view is told by its hash', () => {
  const view = (digit: string) => ({ semantics: 2, groups: ['1'.repeat(64), digit.repeat(64)] });
  expect(readableDifference(view('2'), view('3'))).toEqual([
    'a group that it reads changed: hash 222222222222 -> 333333333333',
  ]);
});

test('a line for each difference', () => {
  const before = {
    features: [{ name: 'late', windowMs: 3_600_000, where: { kind: 'isNull', value: { kind: 'field', field: 'x' } } }],
  };
  const after = { features: [{ name: 'late', windowMs: null, where: null }] };
  expect(readableDifference(before, after)).toEqual([
    'features[late].window: "1h" -> "all time"',
    'features[late].where: "x is null" -> null',
  ]);
});
