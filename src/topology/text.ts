/** Expressions, conditions and derived features as people read them: `arr_delay - dep_delay >= 15 and carrier in (AA, UA)`. */
import type { Comparison, Condition, DerivedDefinition, Expression } from './definition.js';

const COMPARISONS: Readonly<Record<Comparison, string>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};
const ARITHMETIC = { add: '+', subtract: '-', multiply: '*', divide: '/' } as const;
/** In a list there are only constants: a word needs no quotes there. */
const WORD = /^[A-Za-z][A-Za-z0-9_-]*$/;
const LITERALS: ReadonlySet<string> = new Set(['true', 'false', 'null']);

export function expressionText(expression: Expression): string {
  if (expression.kind === 'field') return expression.field;
  if (expression.kind === 'constant') return constantText(expression.value);
  const { kind, left, right } = expression;
  const isProduct = kind === 'multiply' || kind === 'divide';
  // Of equal rank, what stands at the right is computed first only in brackets.
  const lower = (side: Expression, atRight: boolean) =>
    isProduct ? isSum(side) || (atRight && isComputed(side)) : atRight && isSum(side);
  return `${bracketed(left, lower(left, false))} ${ARITHMETIC[kind]} ${bracketed(right, lower(right, true))}`;
}

export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'compare':
      return `${expressionText(condition.value)} ${COMPARISONS[condition.is]} ${expressionText(condition.to)}`;
    case 'oneOf':
      return `${expressionText(condition.value)} in (${condition.values.map(memberText).join(', ')})`;
    case 'isNull':
      return `${expressionText(condition.value)} is null`;
    case 'and':
    case 'or':
      return condition.conditions.map((one) => inner(one, condition.kind)).join(` ${condition.kind} `);
    case 'not':
      return `not (${conditionText(condition.condition)})`;
  }
}

/** `a / b`, `a - b`, `(value - mean) / std`. */
export function derivedText({ derive, of }: Pick<DerivedDefinition, 'derive' | 'of'>): string {
  const [a, b, c] = of;
  return derive === 'ratio' ? `${a} / ${b}` : derive === 'difference' ? `${a} - ${b}` : `(${a} - ${b}) / ${c}`;
}

const constantText = (value: number | string | boolean) =>
  typeof value === 'number' ? String(value) : JSON.stringify(value);
const memberText = (value: number | string | boolean) =>
  typeof value === 'string' && WORD.test(value) && !LITERALS.has(value) ? value : constantText(value);
const isSum = ({ kind }: Expression) => kind === 'add' || kind === 'subtract';
const isComputed = (expression: Expression) => expression.kind in ARITHMETIC;
const bracketed = (expression: Expression, brackets: boolean) =>
  brackets ? `(${expressionText(expression)})` : expressionText(expression);

/** `and` binds closer than `or`; one in another stands in brackets, so that nobody needs to know. */
function inner(condition: Condition, of: 'and' | 'or'): string {
  const isOther = (condition.kind === 'and' || condition.kind === 'or') && condition.kind !== of;
  return isOther ? `(${conditionText(condition)})` : conditionText(condition);
}
