/**
 * Whether an event satisfies a condition: true, false, or null where nothing can be said (three-valued logic, as SQL's).
 * Method: compiled once into flat functions, as expressions are. Invariants: a comparison with null, or of two types, is unknown;
 * and, or, not are Kleene's; `isNull` is never unknown.
 */
import type { Comparison, Condition, Scalar } from './definition.js';
import { compileExpression, fieldsOfExpression, type Values } from './expression.js';

export type Test = (values: Values) => boolean | null;

/** @param fields in the order of the values that it is asked with */
export function compileCondition(condition: Condition, fields: readonly string[]): Test {
  switch (condition.kind) {
    case 'compare':
      return compileComparison(condition, fields);
    case 'oneOf': {
      const value = compileExpression(condition.value, fields);
      const among: ReadonlySet<Scalar> = new Set(condition.values);
      const type = typeof condition.values[0];
      return (values) => {
        const found = value(values);
        return found === null || typeof found !== type ? null : among.has(found);
      };
    }
    case 'isNull': {
      const value = compileExpression(condition.value, fields);
      return (values) => value(values) === null;
    }
    case 'and':
      return compileAll(condition.conditions, fields, false);
    case 'or':
      return compileAll(condition.conditions, fields, true);
    case 'not': {
      const test = compileCondition(condition.condition, fields);
      return (values) => {
        const result = test(values);
        return result === null ? null : !result;
      };
    }
  }
}

/** Tests rows whose values have names. */
export function conditionOnRow(
  condition: Condition,
): (row: Readonly<Record<string, Scalar | undefined>>) => boolean | null {
  const used = new Set<string>();
  fieldsOfCondition(condition, used);
  const fields = [...used];
  const test = compileCondition(condition, fields);
  const values: (Scalar | undefined)[] = fields.map(() => null);
  return (row) => {
    for (let i = 0; i < fields.length; i++) values[i] = row[fields[i]!];
    return test(values);
  };
}

/** The fields that it reads are added to `into`. */
export function fieldsOfCondition(condition: Condition, into: Set<string>): void {
  switch (condition.kind) {
    case 'compare':
      fieldsOfExpression(condition.value, into);
      fieldsOfExpression(condition.to, into);
      break;
    case 'oneOf':
    case 'isNull':
      fieldsOfExpression(condition.value, into);
      break;
    case 'and':
    case 'or':
      for (const one of condition.conditions) fieldsOfCondition(one, into);
      break;
    case 'not':
      fieldsOfCondition(condition.condition, into);
  }
}

/** `and` is decided by the first false, `or` by the first true; undecided, it is unknown if one of them is. */
function compileAll(conditions: readonly Condition[], fields: readonly string[], decisive: boolean): Test {
  const tests = conditions.map((one) => compileCondition(one, fields));
  return (values) => {
    let result: boolean | null = !decisive;
    for (let i = 0; i < tests.length; i++) {
      const one = tests[i]!(values);
      if (one === decisive) return decisive;
      if (one === null) result = null;
    }
    return result;
  };
}

function compileComparison(
  { value, is, to }: Extract<Condition, { kind: 'compare' }>,
  fields: readonly string[],
): Test {
  const left = compileExpression(value, fields);
  if (to.kind === 'constant') {
    // Most comparisons are of this kind: one call less.
    const { value: bound } = to;
    return (values) => {
      const a = left(values);
      return a === null || typeof a !== typeof bound ? null : holds(a, is, bound);
    };
  }
  const right = compileExpression(to, fields);
  return (values) => {
    const a = left(values);
    const b = right(values);
    return a === null || b === null || typeof a !== typeof b ? null : holds(a, is, b);
  };
}

function holds(a: NonNullable<Scalar>, is: Comparison, b: NonNullable<Scalar>): boolean {
  switch (is) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return a < b;
    case 'lte':
      return a <= b;
    case 'gt':
      return a > b;
    case 'gte':
      return a >= b;
  }
}
