/**
 * How many different values; 0 and -0 are one value. A partial that may be saved is their list, in the order in which they came.
 * Method: a query unites many partials and wants to know how many values there are, not which: what is never saved is a set of codes (see
 * `value-codes.ts`), and a list of the values that have none.
 */
import type { Aggregate } from './aggregate.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { Rows } from './rows.js';
import { type CodedColumn, CodeSet, NO_CODE, type ValueCodes } from './value-codes.js';
import { type Value, ValueList } from './value-list.js';

/** Estimate for the cache, of an empty partial. */
const PARTIAL_BYTES = 160;
const CODE_BYTES = 8;
/** For all lists without them; never written to. */
const NONE: never[] = [];

/** May be saved. */
class Listed {
  readonly list = new ValueList();
  /** Of its values up to `#codedTo`: their codes, and those that have none. */
  #codes: number[] = NONE;
  #rest: Value[] = NONE;
  #codedTo = 0;

  get size(): number {
    return this.list.size;
  }

  all(): readonly Value[] {
    return this.list.values;
  }

  reset(): void {
    this.list.reset();
    this.#codedTo = 0;
    this.#codes = NONE;
    this.#rest = NONE;
  }

  addTo(set: CodeSet, list: ValueList, codes: ValueCodes): void {
    const { values } = this.list;
    if (this.#codes === NONE && values.length > 0) this.#codes = [];
    for (; this.#codedTo < values.length; this.#codedTo++) {
      const value = values[this.#codedTo]!;
      const code = codes.of(value);
      if (code !== NO_CODE) this.#codes.push(code);
      else if (this.#rest === NONE) this.#rest = [value];
      else this.#rest.push(value);
    }
    set.addAll(this.#codes);
    if (this.#rest.length > 0) list.putAll(this.#rest);
  }

  bytes(): number {
    // As if all had their codes: they get them with the first query.
    return PARTIAL_BYTES + this.list.bytes() + this.list.size * CODE_BYTES;
  }
}

/** Never saved. */
class Coded {
  readonly set: CodeSet;
  /** Of values that have no code. */
  readonly list: ValueList;
  readonly codes: ValueCodes;

  constructor(codes: ValueCodes, isReused = false) {
    this.codes = codes;
    this.set = new CodeSet(isReused);
    this.list = new ValueList(isReused);
  }

  get size(): number {
    return this.set.size + this.list.size;
  }

  /** In no order. */
  all(): readonly Value[] {
    return [...this.set.all().map((code) => this.codes.values[code]!), ...this.list.all()];
  }

  reset(): void {
    this.set.reset();
    this.list.reset();
  }

  bytes(): number {
    return PARTIAL_BYTES + this.set.bytes() + this.list.bytes();
  }
}

export type Distinct = Listed | Coded;

function merge(into: Distinct, next: Distinct): void {
  if (into instanceof Listed) into.list.putAll(next.all());
  else if (next instanceof Listed) next.addTo(into.set, into.list, into.codes);
  else {
    into.set.unite(next.set);
    into.list.putList(next.list);
  }
}

/** The value of a row; null where it is missing. */
type ValueIn = (rows: Rows, column: number, row: number) => Value | null;

/** Hot: the edges of windows are added anew with each query. */
function addCoded(
  into: Coded,
  rows: Rows,
  [column, codes]: readonly [number, number],
  from: number,
  to: number,
  valueIn: ValueIn,
) {
  const { data, capacity } = rows;
  const base = codes * capacity;
  const seen = into.list.seen(to - from);
  for (let i = from; i < to; i++) {
    const code = data[base + i]!;
    if (code >= 0) into.set.add(code);
    else {
      const value = valueIn(rows, column, i);
      if (value !== null) into.list.put(seen, value);
    }
  }
}

function addListed({ list }: Listed, rows: Rows, column: number, from: number, to: number, valueIn: ValueIn): void {
  const seen = list.seen(to - from);
  for (let i = from; i < to; i++) {
    const value = valueIn(rows, column, i);
    if (value !== null) list.put(seen, value);
  }
}

type Kind = Pick<Aggregate<Distinct>, 'partial' | 'save' | 'restore'>;

function distinct(kind: Kind, valueIn: ValueIn, { column: coded, codes }: CodedColumn): Aggregate<Distinct> {
  return {
    ...kind,
    empty: () => new Listed(),
    scratch: () => new Coded(codes, true),
    unsaved: () => new Coded(codes),
    reset: (partial) => partial.reset(),
    add(partial, rows, column, from, to) {
      if (partial instanceof Listed) addListed(partial, rows, column, from, to, valueIn);
      else addCoded(partial, rows, [column, coded], from, to, valueIn);
    },
    merge,
    value: ({ size }) => (size === 0 ? null : size),
    bytes: (partial) => partial.bytes(),
  };
}

function saveWith(save: (value: Value) => void, partial: Distinct, out: ByteWriter): void {
  const values = partial.all();
  out.natural(values.length);
  for (const value of values) save(value);
}

function restoreWith(restore: () => Value, from: ByteReader): Distinct {
  const partial = new Listed();
  for (let left = from.natural(); left > 0; left--) partial.list.values.push(restore());
  return partial;
}

const ofNumbers: Kind = {
  partial: 'distinctNumbers',
  save: (partial, out) => saveWith((value) => out.double(value as number), partial, out),
  restore: (from) => restoreWith(() => from.double(), from),
};
const ofTexts: Kind = {
  partial: 'distinctTexts',
  save: (partial, out) => saveWith((value) => out.text(value as string), partial, out),
  restore: (from) => restoreWith(() => from.text(), from),
};

/** Adding 0 makes 0 of -0. */
function numberOf({ data, capacity }: Rows, column: number, row: number): number | null {
  const value = data[column * capacity + row]! + 0;
  return Number.isNaN(value) ? null : value;
}
const textOf: ValueIn = ({ texts, capacity }, column, row) => texts[column * capacity + row]!;

/** @param coded the codes of the column's values */
export const distinctNumbers = (coded: CodedColumn) => distinct(ofNumbers, numberOf, coded);
export const distinctTexts = (coded: CodedColumn) => distinct(ofTexts, textOf, coded);
