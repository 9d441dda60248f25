import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileCondition, conditionOnRow, fieldsOfCondition } from '../../src/topology/condition.js';
import type { Comparison, Condition, Scalar } from '../../src/topology/definition.js';
import { compileExpression } from '../../src/topology/expression.js';
import { evaluate, holds } from '../aggregate/naive-row.js';
import { anyCondition, anyExpression, anyRow, FIELDS } from './conditions.js';

const at = (is: Comparison, value: number | string | boolean): Condition => ({
  kind: 'compare',
  value: { kind: 'field', field: 'f' },
  is,
  to: { kind: 'constant', value },
});
const satisfies = (condition: Condition, value: Scalar | undefined) => compileCondition(condition, ['f'])([value]);

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

test.each<[Scalar | undefined]>([[null], [undefined], [Number.NaN], [Number.POSITIVE_INFINITY], ['15'], [true]])(
  'nothing can be said of %s, whatever is asked',
  (value) => {
    for (const is of ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const) expect(satisfies(at(is, 15), value)).toBeNull();
  },
);

describe('conditions of conditions', () => {
  const yes = at('gte', 0);
  const no = at('lt', 0);
  const unknown: Condition = { kind: 'not', condition: at('eq', 'text') };
  const of = (kind: 'and' | 'or', ...conditions: Condition[]) => satisfies({ kind, conditions }, 1);

  test('are SQL’s three-valued logic', () => {
    expect([of('and', yes, yes), of('and', yes, no), of('and', yes, unknown)]).toEqual([true, false, null]);
    expect([of('and', unknown, no), of('and', no, unknown)]).toEqual([false, false]);
    expect([of('or', no, no), of('or', no, yes), of('or', no, unknown)]).toEqual([false, true, null]);
    expect([of('or', unknown, yes), of('or', yes, unknown)]).toEqual([true, true]);
    expect([yes, no, unknown].map((condition) => satisfies({ kind: 'not', condition }, 1))).toEqual([
      false,
      true,
      null,
    ]);
  });

  test('whether something is null is never unknown; one of several is, of null', () => {
    const isNull: Condition = { kind: 'isNull', value: { kind: 'field', field: 'f' } };
    expect([null, Number.NaN, undefined, 0, '', false].map((value) => satisfies(isNull, value))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const oneOf: Condition = { kind: 'oneOf', value: { kind: 'field', field: 'f' }, values: ['AA', 'UA'] };
    expect(['UA', 'DL', null].map((value) => satisfies(oneOf, value))).toEqual([true, false, null]);
  });

  test('are what the naive twin says', () => {
    fc.assert(
      fc.property(anyCondition, anyRow, (condition, row) => {
        const values = FIELDS.map((name) => row[name]);
        const expected = holds(condition, row);
        expect(compileCondition(condition, FIELDS)(values)).toBe(expected);
        expect(conditionOnRow(condition)(row)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('read the fields that the twin looks at, and no others', () => {
    fc.assert(
      fc.property(anyCondition, anyRow, (condition, row) => {
        const read = new Set<string>();
        const told = new Set<string>();
        const get = (target: typeof row, name: string) => {
          read.add(name);
          return target[name]!;
        };
        holds(condition, new Proxy(row, { get }));
        fieldsOfCondition(condition, told);
        expect(told).toEqual(read);
      }),
    );
  });
});

test('an expression is what the naive twin says, to the bit', () => {
  fc.assert(
    fc.property(anyExpression, anyRow, (expression, row) => {
      const values = FIELDS.map((name) => row[name]);
      expect(Object.is(compileExpression(expression, FIELDS)(values), evaluate(expression, row))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
