/** Expressions and conditions: that their fields are there, and that what is compared or computed can be. */

import { fieldsOfCondition } from '../condition.js';
import type { Condition, EventDefinition, Expression } from '../definition.js';
import { fieldsOfExpression } from '../expression.js';
import { sortedOnce } from '../field.js';
import { type FieldKind, isNumeric, isText } from '../field-type.js';
import { expressionText } from '../text.js';
import { checkField, NUMBERS, VALUES } from './fields.js';
import type { Report } from './problem.js';

const COMPARISONS: readonly string[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'];
const ARITHMETIC: readonly string[] = ['add', 'subtract', 'multiply', 'divide'];

/** @returns what the value of a feature is, or null where a problem was reported */
export function checkValue(
  event: EventDefinition,
  value: Expression,
  report: Report,
  wanted: { readonly kinds: readonly FieldKind[]; readonly as: string },
): FieldKind | null {
  const kind = checkExpression(event, value, report, wanted);
  return kind === null || checkReads(event, (into) => fieldsOfExpression(value, into), report) ? kind : null;
}

/** A condition on the event. */
export function checkCondition(event: EventDefinition, condition: Condition, report: Report): void {
  if (checkOne(event, condition, report)) checkReads(event, (into) => fieldsOfCondition(condition, into), report);
}

function checkReads(event: EventDefinition, collect: (into: Set<string>) => void, report: Report): boolean {
  const fields = new Set<string>();
  collect(fields);
  return report.check(fields.size > 0, 'it reads no field', `give it a field of ${event.topic}`);
}

/** @returns whether it is sound */
function checkOne(event: EventDefinition, condition: Condition, report: Report): boolean {
  switch (condition.kind) {
    case 'compare':
      return checkComparison(event, condition, report);
    case 'oneOf':
      return checkOneOf(event, condition, report);
    case 'isNull':
      return checkExpression(event, condition.value, report, { kinds: VALUES, as: 'isNull' }) !== null;
    case 'and':
    case 'or': {
      if (condition.conditions.length > 0) {
        return condition.conditions.map((one) => checkOne(event, one, report)).every(Boolean);
      }
      report.add(`${condition.kind} has no conditions`, 'give it one or more');
      return false;
    }
    case 'not':
      return checkOne(event, condition.condition, report);
    default:
      report.add(
        `${(condition as Condition).kind} is no condition`,
        'use compare, oneOf, isNull, and, or, or not (is it of a newer Headrace?)',
      );
      return false;
  }
}

function checkComparison(
  event: EventDefinition,
  { value, is, to }: Extract<Condition, { kind: 'compare' }>,
  report: Report,
): boolean {
  if (!report.check(COMPARISONS.includes(is), `${is} is no comparison`, `use one of: ${COMPARISONS.join(', ')}`)) {
    return false;
  }
  const wanted = { kinds: is === 'eq' || is === 'ne' ? VALUES : NUMBERS, as: is };
  const left = checkExpression(event, value, report, wanted);
  // One problem at a time: what is at the right is judged by what is at the left.
  const right = left && checkExpression(event, to, report, wanted);
  if (left === null || right === null) return false;
  return report.check(
    familyOf(left) === familyOf(right),
    `${expressionText(value)} is ${left}, and is compared to ${expressionText(to)}, which is ${right}`,
    `compare it to a ${familyOf(left)}`,
  );
}

function checkOneOf(
  event: EventDefinition,
  { value, values }: Extract<Condition, { kind: 'oneOf' }>,
  report: Report,
): boolean {
  const kind = checkExpression(event, value, report, { kinds: VALUES, as: 'oneOf' });
  if (kind === null) return false;
  const family = familyOf(kind);
  const wrong = values.find((one) => typeof one !== family || (typeof one === 'number' && !Number.isFinite(one)));
  const typesAreRight = report.check(
    wrong === undefined,
    `${expressionText(value)} is ${kind}, and oneOf is given ${JSON.stringify(wrong)}`,
    `give oneOf ${family}s only`,
  );
  const isNotEmpty = report.check(values.length > 0, 'oneOf is given no values', 'give it one or more');
  const sorted = sortedOnce(values);
  const isSorted =
    !typesAreRight ||
    report.check(
      sorted.length === values.length && sorted.every((one, i) => Object.is(one, values[i])),
      'the values of oneOf are not sorted, or repeat',
      'sort them, each once: equal conditions must be written equally',
    );
  return typesAreRight && isNotEmpty && isSorted;
}

/** @returns what it gives, or null where a problem was reported */
function checkExpression(
  event: EventDefinition,
  expression: Expression,
  report: Report,
  wanted: { readonly kinds: readonly FieldKind[]; readonly as: string },
): FieldKind | null {
  if (expression.kind === 'field') return checkField(event, expression.field, report, wanted)?.kind ?? null;
  if (expression.kind === 'constant') return checkConstant(expression.value, report, wanted);
  if (!ARITHMETIC.includes(expression.kind)) {
    const { kind } = expression as Expression;
    report.add(
      `${kind} is no expression`,
      `use field, constant, ${ARITHMETIC.join(', ')} (is it of a newer Headrace?)`,
    );
    return null;
  }
  const sides = [expression.left, expression.right].map((side) =>
    checkExpression(event, side, report, { kinds: NUMBERS, as: expression.kind }),
  );
  if (sides.includes(null)) return null;
  const isRight = report.check(
    wanted.kinds.includes('double'),
    `${expressionText(expression)} is a number: ${wanted.as} needs ${wanted.kinds.join(', ')}`,
    'use a field, and no arithmetic',
  );
  return isRight ? 'double' : null;
}

function checkConstant(
  value: number | string | boolean,
  report: Report,
  wanted: { readonly kinds: readonly FieldKind[]; readonly as: string },
): FieldKind | null {
  const kind = typeof value === 'number' ? 'double' : typeof value === 'string' ? 'string' : 'boolean';
  const isKnown =
    ['number', 'string', 'boolean'].includes(typeof value) && !(kind === 'double' && !Number.isFinite(value));
  const isRight =
    report.check(isKnown, `${String(value)} is no constant`, 'use a finite number, a string or a boolean') &&
    report.check(
      wanted.kinds.includes(kind),
      `the constant ${JSON.stringify(value)} is ${kind}: ${wanted.as} needs ${wanted.kinds.join(', ')}`,
      'use a constant of another type',
    );
  return isRight ? kind : null;
}

const familyOf = (kind: FieldKind) => (isNumeric(kind) ? 'number' : isText(kind) ? 'string' : 'boolean');
