/** Arbitrary expressions and conditions over a row of two numbers, a text and a boolean. */
import fc from 'fast-check';
import type { Condition, Expression, Scalar } from '../../src/topology/definition.js';

export const FIELDS = ['x', 'y', 'text', 'yes'] as const;

const number = fc.constantFrom(0, -0, 1, -3, 0.1, 1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY);
export const anyRow: fc.Arbitrary<Record<string, Scalar>> = fc.record({
  x: fc.option(number, { freq: 4 }),
  y: fc.option(number, { freq: 4 }),
  text: fc.option(fc.constantFrom('', 'AA', 'UA'), { freq: 4 }),
  yes: fc.option(fc.boolean(), { freq: 4 }),
});

const field = (name: string): Expression => ({ kind: 'field', field: name });
const constant = (value: number | string | boolean): Expression => ({ kind: 'constant', value });

/** Numbers, and now and then what is none. */
const arithmetic = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'arithmetic' },
    { weight: 4, arbitrary: fc.constantFrom(field('x'), field('y')) },
    { weight: 1, arbitrary: fc.constantFrom(constant(2), constant(0), field('text'), field('yes')) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('add', 'subtract', 'multiply', 'divide'),
        left: tie('any'),
        right: tie('any'),
      }),
    },
  ),
}));
export const anyExpression: fc.Arbitrary<Expression> = arithmetic.any;

const compare = (value: fc.Arbitrary<Expression>, to: fc.Arbitrary<Expression>): fc.Arbitrary<Condition> =>
  fc.record({
    kind: fc.constant('compare'),
    value,
    is: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
    to,
  });
const conditions = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    compare(anyExpression, anyExpression),
    compare(fc.constant(field('text')), fc.constantFrom(constant('AA'), field('text'), constant(1))),
    compare(fc.constant(field('yes')), fc.constantFrom(constant(true), constant(false))),
    fc.record({
      kind: fc.constant('oneOf'),
      value: fc.constant(field('text')),
      values: fc.uniqueArray(fc.constantFrom('AA', 'DL', 'UA'), { minLength: 1 }).map((list) => list.sort()),
    }),
    fc.record({ kind: fc.constant('oneOf'), value: anyExpression, values: fc.constantFrom([0], [-3, 1], [0.1]) }).map(
      // Of what is a text or a boolean, numbers are not asked: validation refuses it.
      (condition) => ({ ...condition, value: { kind: 'add', left: condition.value, right: constant(0) } }) as Condition,
    ),
    fc.record({ kind: fc.constant('isNull'), value: anyExpression }),
    fc.record({ kind: fc.constantFrom('and', 'or'), conditions: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constant('not'), condition: tie('any') }),
  ),
}));
export const anyCondition: fc.Arbitrary<Condition> = conditions.any;
