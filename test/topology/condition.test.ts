import { expect, test } from 'vitest';
import { satisfies } from '../../src/topology/condition.js';
import type { Comparison, Scalar } from '../../src/topology/definition.js';

const at = (is: Comparison, value: number | string | boolean) => ({ event: 'e', field: 'f', is, value });

test.each<[Comparison, number, number, boolean]>([
  ['eq', 15, 15, true],
  ['eq', 15, 14, false],
  ['ne', 15, 14, true],
  ['ne', 15, 15, false],
  ['lt', 15, 14, true],
  ['lt', 15, 15, false],
  ['lte', 15, 15, true],
  ['lte', 15, 16, false],
  ['gt', 15, 16, true],
  ['gt', 15, 15, false],
  ['gte', 15, 15, true],
  ['gte', 15, 14, false],
])('%s %d of %d is %s', (is, bound, value, expected) => {
  expect(satisfies(at(is, bound), value)).toBe(expected);
});

test('texts and truths are compared too', () => {
  expect(satisfies(at('eq', 'UA'), 'UA')).toBe(true);
  expect(satisfies(at('ne', 'UA'), 'DL')).toBe(true);
  expect(satisfies(at('eq', true), false)).toBe(false);
});

test.each<[Scalar | undefined]>([[null], [undefined], [Number.NaN], ['15'], [true]])(
  'nothing can be said of %s, whatever is asked',
  (value) => {
    for (const is of ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const) expect(satisfies(at(is, 15), value)).toBeNull();
  },
);
