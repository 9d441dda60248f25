/**
 * What an expression gives of an event's row.
 * Goal: one evaluator for all stages, asked once an event. Method: an expression is compiled once into flat functions over the
 * row's values by place. Invariants: null, and what is not finite, is null; null in, null out; numbers are IEEE doubles.
 */
import type { Expression, RecordSchema, Scalar } from './definition.js';
import { type FieldKind, fieldType } from './field-type.js';

/** An event's fields by place. */
export type Values = readonly (Scalar | undefined)[];
/** @returns null where it is missing; never NaN or infinite */
export type Evaluator = (values: Values) => Scalar;

/** @param fields in the order of the values that it is asked with; what is not among them is null */
export function compileExpression(expression: Expression, fields: readonly string[]): Evaluator {
  if (expression.kind === 'constant') {
    const { value } = expression;
    return () => value;
  }
  if (expression.kind === 'field') {
    const place = fields.indexOf(expression.field);
    return (values) => known(values[place]);
  }
  const left = compileExpression(expression.left, fields);
  const right = compileExpression(expression.right, fields);
  switch (expression.kind) {
    case 'add':
      return (values) => finite(number(left(values)) + number(right(values)));
    case 'subtract':
      return (values) => finite(number(left(values)) - number(right(values)));
    case 'multiply':
      return (values) => finite(number(left(values)) * number(right(values)));
    case 'divide':
      return (values) => finite(number(left(values)) / number(right(values)));
  }
}

/** The fields that it reads are added to `into`. */
export function fieldsOfExpression(expression: Expression, into: Set<string>): void {
  if (expression.kind === 'field') into.add(expression.field);
  else if (expression.kind !== 'constant') {
    fieldsOfExpression(expression.left, into);
    fieldsOfExpression(expression.right, into);
  }
}

/** What it gives: arithmetic and numbers are doubles; null where the schema has no such field. */
export function expressionKind(schema: RecordSchema, expression: Expression): FieldKind | null {
  if (expression.kind === 'field') return fieldType(schema, expression.field)?.kind ?? null;
  if (expression.kind !== 'constant' || typeof expression.value === 'number') return 'double';
  return typeof expression.value === 'string' ? 'string' : 'boolean';
}

const known = (value: Scalar | undefined): Scalar => (typeof value === 'number' ? finite(value) : (value ?? null));
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
/** Nothing can be computed with what is no number: NaN, which `finite` makes null. */
const number = (value: Scalar): number => (typeof value === 'number' ? value : Number.NaN);
