/**
 * The columns of one event's log: the fields that the group reads, and what expressions and conditions make of them.
 * Goal: they are asked once, when an event comes in. Method: what is not just a field is a column of its own, which misses a value
 * where the condition leaves the event out; so aggregates know nothing of expressions and conditions.
 */

import { assert } from '../error.js';
import { compileCondition, type Test } from '../topology/condition.js';
import type { Condition, Expression, Scalar } from '../topology/definition.js';
import { compileExpression, type Evaluator } from '../topology/expression.js';
import { NO_COLUMN } from './aggregate.js';
import type { Rows } from './rows.js';
import { SharedTexts } from './shared-texts.js';
import { type CodedColumn, NO_CODE, ValueCodes } from './value-codes.js';

export type ColumnKind = 'number' | 'boolean' | 'text';

export interface Column {
  readonly kind: ColumnKind;
  /** Index into the numbers, or into the texts. */
  readonly column: number;
  /** Where an aggregate asks which values are the same. */
  coded: CodedColumn | null;
}

/** A field as it is stored: booleans as 1 and 0. */
export interface FieldColumn extends Column {
  readonly field: string;
}

/** A column that an expression, a condition or both make. */
interface Derived extends Column {
  readonly key: string;
  /** Null: every event belongs. */
  readonly test: Test | null;
  /** What is kept of an event that belongs: null keeps a 1. */
  readonly value: Evaluator | null;
  /** Whether a miss is a 0, and not left out. */
  readonly misses: boolean;
}

/** What an aggregate reads. */
export interface Input {
  readonly column: number;
  readonly text: boolean;
  /** Gives its values codes, from the next row on: it is asked before there are any. */
  coded(): CodedColumn;
}

export class Columns {
  readonly fields: readonly FieldColumn[];
  /** How many columns of numbers (with the time) and of texts (with the id). */
  numbers = 1;
  texts = 1;
  readonly #derived: Derived[] = [];

  /** @param fields sorted by name */
  constructor(fields: readonly { readonly field: string; readonly kind: ColumnKind }[]) {
    this.fields = fields.map(({ field, kind }) => ({ field, kind, column: this.#next(kind), coded: null }));
  }

  /** The column of a value (null: of the event itself) under a condition, made if it is not there. */
  input(value: Expression | null, condition: Condition | null, misses: boolean): Input {
    const kind = value === null ? 'number' : this.#kindOf(value);
    if (condition === null) {
      if (value === null) return this.#inputOf(null);
      if (value.kind === 'field') return this.#inputOf(this.#fieldOf(value.field));
    }
    const key = JSON.stringify([value, condition, misses]);
    let derived = this.#derived.find((candidate) => candidate.key === key);
    if (derived === undefined) {
      const names = this.fields.map(({ field }) => field);
      derived = {
        key,
        kind,
        column: this.#next(kind),
        coded: null,
        test: condition && compileCondition(condition, names),
        value: value && compileExpression(value, names),
        misses,
      };
      this.#derived.push(derived);
    }
    return this.#inputOf(derived);
  }

  /** @param column null: of the event itself */
  #inputOf(column: Column | null): Input {
    return {
      column: column?.column ?? NO_COLUMN,
      text: column?.kind === 'text',
      coded: () => {
        assert(column !== null, 'an aggregate that asks which values are the same has values');
        column.coded ??= { column: this.numbers++, codes: new ValueCodes() };
        return column.coded;
      },
    };
  }

  /** Hot: once an event. */
  fill(rows: Rows, at: number, values: readonly Scalar[]): void {
    const { fields } = this;
    for (let i = 0; i < fields.length; i++) put(rows, at, fields[i]!, values[i] ?? null);
    this.derive(rows, at, values);
  }

  get hasDerived(): boolean {
    return this.#derived.length > 0;
  }

  /** What expressions and conditions make of a row's values. */
  derive(rows: Rows, at: number, values: readonly Scalar[]): void {
    for (let i = 0; i < this.#derived.length; i++) {
      const derived = this.#derived[i]!;
      const { test, value } = derived;
      const hit = test === null || test(values);
      if (hit === true) put(rows, at, derived, value === null ? 1 : value(values));
      else put(rows, at, derived, hit === false && derived.misses ? 0 : null);
    }
  }

  /** Whether the row at `at` holds these values. */
  equal(rows: Rows, at: number, values: readonly Scalar[]): boolean {
    for (let i = 0; i < this.fields.length; i++) {
      const { kind, column } = this.fields[i]!;
      const value = values[i] ?? null;
      if (kind === 'text') {
        if (rows.texts[column * rows.capacity + at] !== text(value)) return false;
      } else {
        const held = rows.data[column * rows.capacity + at]!;
        const given = number(value);
        if (held !== given && !(Number.isNaN(held) && Number.isNaN(given))) return false;
      }
    }
    return true;
  }

  /** The field's value in the row at `at`, as it came in. */
  valueAt(rows: Rows, at: number, { kind, column }: FieldColumn): Scalar {
    if (kind === 'text') return rows.texts[column * rows.capacity + at]!;
    const value = rows.data[column * rows.capacity + at]!;
    if (Number.isNaN(value)) return null;
    return kind === 'boolean' ? value === 1 : value;
  }

  /** By field. */
  valuesAt(rows: Rows, at: number): Scalar[] {
    return this.fields.map((field) => this.valueAt(rows, at, field));
  }

  #fieldOf(field: string): FieldColumn {
    const found = this.fields.find((candidate) => candidate.field === field);
    assert(found !== undefined, `field ${field} has a column`);
    return found;
  }

  #kindOf(expression: Expression): ColumnKind {
    if (expression.kind === 'field') return this.#fieldOf(expression.field).kind;
    if (expression.kind !== 'constant' || typeof expression.value === 'number') return 'number';
    return typeof expression.value === 'boolean' ? 'boolean' : 'text';
  }

  #next(kind: ColumnKind): number {
    return kind === 'text' ? this.texts++ : this.numbers++;
  }
}

const number = (value: Scalar) =>
  typeof value === 'number' ? value : value === true ? 1 : value === false ? 0 : Number.NaN;
const text = (value: Scalar) => (typeof value === 'string' ? value : null);

/** One for all columns: their texts are often the same. */
const shared = new SharedTexts();

function put(rows: Rows, at: number, column: Column, value: Scalar): void {
  if (column.kind === 'text') putText(rows, at, column, text(value));
  else putNumber(rows, at, column, number(value));
}

export function putText(rows: Rows, at: number, { column, coded }: Column, value: string | null): void {
  const { texts, capacity } = rows;
  const i = column * capacity + at;
  if (coded === null) {
    texts[i] = value === null ? null : shared.of(value);
    return;
  }
  const code = value === null ? NO_CODE : coded.codes.of(value);
  texts[i] = code === NO_CODE ? value : (coded.codes.values[code] as string);
  rows.data[coded.column * capacity + at] = code;
}

/** @param value NaN where it is missing */
export function putNumber(rows: Rows, at: number, { column, coded }: Column, value: number): void {
  rows.data[column * rows.capacity + at] = value;
  // Adding 0 makes 0 of -0.
  if (coded !== null) {
    rows.data[coded.column * rows.capacity + at] = Number.isNaN(value) ? NO_CODE : coded.codes.of(value + 0);
  }
}
