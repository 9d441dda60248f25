/** The naive twin of expressions and conditions: asked anew for each event, by the letter of their definitions. */
import type { Condition, Expression, Scalar } from '../../src/topology/definition.js';

export type Row = Readonly<Record<string, Scalar>>;

export function evaluate(expression: Expression, row: Row): Scalar {
  if (expression.kind === 'constant') return expression.value;
  if (expression.kind === 'field') {
    const value = row[expression.field] ?? null;
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  }
  const [a, b] = [evaluate(expression.left, row), evaluate(expression.right, row)];
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  const results = { add: a + b, subtract: a - b, multiply: a * b, divide: a / b };
  return Number.isFinite(results[expression.kind]) ? results[expression.kind] : null;
}

/** SQL's truth as a number (false 0, unknown 1/2, true 1): `and` is the least, `or` the greatest, `not` what is left to 1. */
export function holds(condition: Condition, row: Row): boolean | null {
  const truth = truthOf(condition, row);
  return truth === 0.5 ? null : truth === 1;
}

function truthOf(condition: Condition, row: Row): number {
  switch (condition.kind) {
    case 'and':
      return Math.min(...condition.conditions.map((one) => truthOf(one, row)));
    case 'or':
      return Math.max(...condition.conditions.map((one) => truthOf(one, row)));
    case 'not':
      return 1 - truthOf(condition.condition, row);
    case 'isNull':
      return evaluate(condition.value, row) === null ? 1 : 0;
    case 'oneOf': {
      const value = evaluate(condition.value, row);
      return value === null ? 0.5 : Number(condition.values.includes(value));
    }
    case 'compare': {
      const [a, b] = [evaluate(condition.value, row), evaluate(condition.to, row)];
      if (a === null || b === null || typeof a !== typeof b) return 0.5;
      return Number({ eq: a === b, ne: a !== b, lt: a < b, lte: a <= b, gt: a > b, gte: a >= b }[condition.is]);
    }
  }
}
