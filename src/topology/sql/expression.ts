/**
 * Expressions and conditions over an event's columns as SQL.
 * Goal: what `compileExpression` and `compileCondition` give, said once more and by other means. Method: columns are doubles,
 * booleans and texts, and never NaN or infinite; SQL's logic is three-valued by itself.
 * Invariants: what is not finite is null; a comparison of two types is unknown.
 */
import type { Comparison, Condition, Expression, RecordSchema } from '../definition.js';
import { expressionKind } from '../expression.js';
import { isText } from '../field-type.js';
import { double, number, text } from './names.js';

export type SqlType = 'number' | 'boolean' | 'text';

/** How an event's columns are called. */
export interface Scope {
  readonly schema: RecordSchema;
  /** @returns the column of a field as SQL, e.g. `e.arr_delay` */
  column(field: string): string;
}

const COMPARISONS: Readonly<Record<Comparison, string>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};
const ARITHMETIC = { add: '+', subtract: '-', multiply: '*', divide: '/' } as const;

export function typeOf({ schema }: Scope, expression: Expression): SqlType {
  const kind = expressionKind(schema, expression);
  return kind === 'boolean' ? 'boolean' : kind !== null && isText(kind) ? 'text' : 'number';
}

/** An expression; null where it is missing or not finite. */
export function expressionSql(scope: Scope, expression: Expression): string {
  return expression.kind === 'field' || expression.kind === 'constant'
    ? operand(scope, expression)
    : finite(arithmetic(scope, expression));
}

/** What an aggregate reads: as an expression, but a boolean is 1 or 0. */
export function valueSql(scope: Scope, expression: Expression): string {
  const sql = expressionSql(scope, expression);
  return typeOf(scope, expression) === 'boolean' ? `cast(${sql} as double)` : sql;
}

export function conditionSql(scope: Scope, condition: Condition): string {
  switch (condition.kind) {
    case 'compare': {
      const { value, is, to } = condition;
      if (typeOf(scope, value) !== typeOf(scope, to)) return UNKNOWN;
      return `${expressionSql(scope, value)} ${COMPARISONS[is]} ${expressionSql(scope, to)}`;
    }
    case 'oneOf': {
      const { value, values } = condition;
      const type = typeof values[0] === 'string' ? 'text' : typeof values[0];
      if (typeOf(scope, value) !== type) return UNKNOWN;
      return `${expressionSql(scope, value)} in (${values.map(constant).join(', ')})`;
    }
    case 'isNull':
      return `${expressionSql(scope, condition.value)} is null`;
    case 'and':
    case 'or':
      return condition.conditions.map((one) => bracketed(scope, one)).join(` ${condition.kind} `);
    case 'not':
      return `not (${conditionSql(scope, condition.condition)})`;
  }
}

const UNKNOWN = 'cast(null as boolean)';
/** Nothing can be computed with what is no number. */
const NOTHING = 'cast(null as double)';

const bracketed = (scope: Scope, condition: Condition) =>
  condition.kind === 'and' || condition.kind === 'or'
    ? `(${conditionSql(scope, condition)})`
    : conditionSql(scope, condition);

const finite = (sql: string) => `case when isfinite(${sql}) then ${sql} end`;

/** Not yet made finite: what is not stays so through sums and products, but a quotient by it would be 0. */
function arithmetic(scope: Scope, expression: Expression): string {
  if (typeOf(scope, expression) !== 'number') return NOTHING;
  if (expression.kind === 'field' || expression.kind === 'constant') return operand(scope, expression);
  const { left: first } = expression;
  // Of two whole numbers SQL would make a whole one.
  const isWhole = first.kind === 'constant' && typeof first.value === 'number';
  const left = isWhole ? double(first.value as number) : arithmetic(scope, first);
  const right = expression.kind === 'divide' ? divisor(scope, expression.right) : arithmetic(scope, expression.right);
  return `(${left} ${ARITHMETIC[expression.kind]} ${right})`;
}

const divisor = (scope: Scope, expression: Expression) =>
  expression.kind === 'field' || expression.kind === 'constant'
    ? arithmetic(scope, expression)
    : `(${finite(arithmetic(scope, expression))})`;

function operand(scope: Scope, expression: Extract<Expression, { kind: 'field' | 'constant' }>): string {
  return expression.kind === 'field' ? scope.column(expression.field) : constant(expression.value);
}

const constant = (value: number | string | boolean) =>
  typeof value === 'string' ? text(value) : typeof value === 'number' ? number(value) : String(value);
