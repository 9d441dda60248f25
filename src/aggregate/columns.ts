/**
 * The columns of one event's log: the fields that the group reads, and what conditions make of them.
 * Goal: conditions are asked once, when an event comes in. Method: a field with a condition is a column of its own, which
 * misses a value where the condition leaves the event out; so aggregates know nothing of conditions.
 */

import { satisfies } from '../topology/condition.js';
import type { Condition, Scalar } from '../topology/definition.js';
import { NO_COLUMN } from './aggregate.js';
import type { Rows } from './rows.js';

export type ColumnKind = 'number' | 'boolean' | 'text';

/** A field as it is stored: booleans as 1 and 0. */
export interface FieldColumn {
  readonly field: string;
  readonly kind: ColumnKind;
  /** Index into the numbers, or into the texts. */
  readonly column: number;
}

/** A column that a condition makes. */
interface Derived {
  readonly key: string;
  readonly kind: ColumnKind;
  readonly column: number;
  readonly condition: Condition;
  /** Index of the condition's field, and of what is kept of an event that satisfies it: null keeps a 1. */
  readonly asks: number;
  readonly keeps: number | null;
  /** Whether a miss is a 0, and not left out. */
  readonly misses: boolean;
}

/** What an aggregate reads. */
export interface Input {
  readonly column: number;
  readonly text: boolean;
}

export class Columns {
  readonly fields: readonly FieldColumn[];
  /** How many columns of numbers (with the time) and of texts. */
  numbers = 1;
  texts = 0;
  readonly #derived: Derived[] = [];

  /** @param fields sorted by name */
  constructor(fields: readonly { readonly field: string; readonly kind: ColumnKind }[]) {
    this.fields = fields.map(({ field, kind }) => ({ field, kind, column: this.#next(kind) }));
  }

  /** The column of a field (null: of the event itself) under a condition, made if it is not there. */
  input(field: string | null, condition: Condition | null, misses: boolean): Input {
    const keeps = field === null ? null : this.#indexOf(field);
    const kind = keeps === null ? 'number' : this.fields[keeps]!.kind;
    const text = kind === 'text';
    if (condition === null) return { column: keeps === null ? NO_COLUMN : this.fields[keeps]!.column, text };
    const key = JSON.stringify([field, condition.field, condition.is, condition.value, misses]);
    let derived = this.#derived.find((candidate) => candidate.key === key);
    if (derived === undefined) {
      const asks = this.#indexOf(condition.field);
      derived = { key, kind, column: this.#next(kind), condition, asks, keeps, misses };
      this.#derived.push(derived);
    }
    return { column: derived.column, text };
  }

  /** Hot: once an event. */
  fill(rows: Rows, at: number, values: readonly Scalar[]): void {
    const { fields } = this;
    for (let i = 0; i < fields.length; i++) put(rows, at, fields[i]!, values[i] ?? null);
    for (let i = 0; i < this.#derived.length; i++) {
      const derived = this.#derived[i]!;
      const hit = satisfies(derived.condition, values[derived.asks]);
      if (hit === true) put(rows, at, derived, derived.keeps === null ? 1 : (values[derived.keeps] ?? null));
      else put(rows, at, derived, hit === false && derived.misses ? 0 : null);
    }
  }

  /** Whether the row at `at` holds these values. */
  equal(rows: Rows, at: number, values: readonly Scalar[]): boolean {
    for (let i = 0; i < this.fields.length; i++) {
      const { kind, column } = this.fields[i]!;
      const value = values[i] ?? null;
      if (kind === 'text') {
        if (rows.texts[column]![at] !== text(value)) return false;
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
    if (kind === 'text') return rows.texts[column]![at]!;
    const value = rows.data[column * rows.capacity + at]!;
    if (Number.isNaN(value)) return null;
    return kind === 'boolean' ? value === 1 : value;
  }

  #indexOf(field: string): number {
    return this.fields.findIndex((candidate) => candidate.field === field);
  }

  #next(kind: ColumnKind): number {
    return kind === 'text' ? this.texts++ : this.numbers++;
  }
}

const number = (value: Scalar) =>
  typeof value === 'number' ? value : value === true ? 1 : value === false ? 0 : Number.NaN;
const text = (value: Scalar) => (typeof value === 'string' ? value : null);

function put(rows: Rows, at: number, { kind, column }: { kind: ColumnKind; column: number }, value: Scalar): void {
  if (kind === 'text') rows.texts[column]![at] = text(value);
  else rows.data[column * rows.capacity + at] = number(value);
}
