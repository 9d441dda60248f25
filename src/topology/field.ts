/**
 * Fields, and what can be said of them: arithmetic, comparisons, and conditions of conditions.
 * Invariant: nothing here throws; what is wrong becomes part of the definition, and `validate` reports it.
 */
import type { Comparison, Condition, EventDefinition, Expression } from './definition.js';
import {
  type AnyExpression,
  type AnyField,
  type BooleanKind,
  CONDITION,
  type ConditionOn,
  EXPRESSION,
  FIELD,
  type Kind,
  type NumberKind,
  type ResultKind,
  type TextKind,
} from './kinds.js';

type Constant<K extends Kind> = K extends NumberKind
  ? number
  : K extends TextKind
    ? string
    : K extends BooleanKind
      ? boolean
      : never;
/** What it can be compared to: a constant, or another expression of the same event and of a kind with it. */
type Operand<K extends Kind, T extends string> =
  | Constant<K>
  | (K extends NumberKind
      ? AnyExpression<NumberKind, T>
      : K extends TextKind
        ? AnyExpression<TextKind, T>
        : K extends BooleanKind
          ? AnyExpression<BooleanKind, T>
          : never);
type NumberOperand<K extends Kind, T extends string> = K extends NumberKind ? Operand<K, T> : never;

/**
 * What an event's row gives: a field, or arithmetic on fields. A comparison with null is neither true nor false, and arithmetic
 * with null, or whose result is not finite (a division by 0), is null.
 */
export interface ExpressionOn<K extends Kind, T extends string> extends AnyExpression<K, T> {
  eq(value: Operand<K, T>): ConditionOn<T>;
  ne(value: Operand<K, T>): ConditionOn<T>;
  lt(value: NumberOperand<K, T>): ConditionOn<T>;
  lte(value: NumberOperand<K, T>): ConditionOn<T>;
  gt(value: NumberOperand<K, T>): ConditionOn<T>;
  gte(value: NumberOperand<K, T>): ConditionOn<T>;
  /** Whether it is one of these. */
  oneOf(values: readonly Constant<K>[]): ConditionOn<T>;
  isNull(): ConditionOn<T>;
  plus(value: NumberOperand<K, T>): ExpressionOn<ResultKind, T>;
  minus(value: NumberOperand<K, T>): ExpressionOn<ResultKind, T>;
  times(value: NumberOperand<K, T>): ExpressionOn<ResultKind, T>;
  dividedBy(value: NumberOperand<K, T>): ExpressionOn<ResultKind, T>;
}

/** A field of an event. */
export interface Field<K extends Kind, T extends string> extends AnyField<K, T>, ExpressionOn<K, T> {}

export function fieldOf(event: EventDefinition, name: string): Field<Kind, string> {
  const on = expressionOn(event, { kind: 'field', field: name });
  return { ...on, [FIELD]: { topic: event.topic, name, event } };
}

/** Every condition is true. */
export function and<T extends string>(
  first: ConditionOn<T>,
  ...others: readonly ConditionOn<NoInfer<T>>[]
): ConditionOn<T> {
  return conditionOn(first, { kind: 'and', conditions: [first, ...others].map(conditionOf) });
}

/** At least one condition is true. */
export function or<T extends string>(
  first: ConditionOn<T>,
  ...others: readonly ConditionOn<NoInfer<T>>[]
): ConditionOn<T> {
  return conditionOn(first, { kind: 'or', conditions: [first, ...others].map(conditionOf) });
}

/** The condition is false; of what is neither true nor false, nothing can be said. */
export function not<T extends string>(condition: ConditionOn<T>): ConditionOn<T> {
  return conditionOn(condition, { kind: 'not', condition: conditionOf(condition) });
}

/** The plain data of a condition. */
export const conditionOf = (condition: ConditionOn<string>): Condition => condition[CONDITION].condition;

function conditionOn<T extends string>(like: ConditionOn<T>, condition: Condition): ConditionOn<T> {
  return { [CONDITION]: { ...like[CONDITION], condition } };
}

type Given = number | string | boolean | AnyExpression<Kind, string>;

function expressionOn(event: EventDefinition, expression: Expression): ExpressionOn<Kind, string> {
  const told = (condition: Condition) => ({ [CONDITION]: { topic: event.topic, event, condition } });
  const compare = (is: Comparison) => (to: Given) =>
    told({ kind: 'compare', value: expression, is, to: expressionOf(to) });
  const compute = (kind: 'add' | 'subtract' | 'multiply' | 'divide') => (right: Given) =>
    expressionOn(event, { kind, left: expression, right: expressionOf(right) }) as ExpressionOn<ResultKind, string>;
  return {
    [EXPRESSION]: { topic: event.topic, event, expression },
    eq: compare('eq'),
    ne: compare('ne'),
    lt: compare('lt'),
    lte: compare('lte'),
    gt: compare('gt'),
    gte: compare('gte'),
    oneOf: (values) => told({ kind: 'oneOf', value: expression, values: sortedOnce(values) }),
    isNull: () => told({ kind: 'isNull', value: expression }),
    plus: compute('add'),
    minus: compute('subtract'),
    times: compute('multiply'),
    dividedBy: compute('divide'),
  };
}

const expressionOf = (given: Given): Expression =>
  typeof given === 'object' ? given[EXPRESSION].expression : { kind: 'constant', value: given };

/** The order in which a definition holds the values of a set. */
export function sortedOnce<C extends number | string | boolean>(values: readonly C[]): C[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
