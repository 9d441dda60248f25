/**
 * How many different values; 0 and -0 are one value. Its partial is their list, in the order in which they came.
 * Method: a query unites many partials and wants to know how many values there are, not which: of the first values of a column it unites
 * bits (see `value-codes.ts`), of others it asks a map that tells in which round a value was last seen, so no set is built and thrown
 * away each time; and of one long list it is enough to know which of the others' values are not in it. Partials that stay are many:
 * they keep the list, their bits once they were asked for, and are lent a map to be filled.
 */
import type { Aggregate } from './aggregate.js';
import { countCodes, hasCode, setCode, uniteCodes, ValueCodes } from './value-codes.js';

type Value = number | string;

/** Estimates for the cache: of an empty partial, of a value in its list, of one in a map, and of a word of bits. */
const PARTIAL_BYTES = 160;
const VALUE_BYTES = 36;
const SEEN_BYTES = 48;
const WORD_BYTES = 8;
/** A map keeps values of earlier rounds up to here, then begins anew. */
const SEEN_MAX = 16_384;
/** A list of more values than this is one that grows: it gets a map of its own. */
const LISTED_MAX = 1024;
/** Up to so many comparisons, going through a list costs less than filling a map with it. */
const COMPARED_MAX = 256;

class Seen {
  #values = new Map<Value, number>();
  #round = 1;

  get size(): number {
    return this.#values.size;
  }

  nextRound(): this {
    this.#round++;
    if (this.#values.size > SEEN_MAX) this.#values = new Map();
    return this;
  }

  has(value: Value): boolean {
    return this.#values.get(value) === this.#round;
  }

  /** @returns whether it is the first time in this round */
  isNew(value: Value): boolean {
    if (this.#values.get(value) === this.#round) return false;
    this.#values.set(value, this.#round);
    return true;
  }
}

/** Lent for one call. */
const lent = new Seen();

/** Never written to: most partials have only values with codes. */
const NONE: Value[] = [];

export class Distinct {
  /** In the order in which they came; of one with codes, only those that have none. */
  readonly values: Value[] = [];
  /** Of one with codes; of another, those of `values` up to `codedTo`, the others of which are in `rest`. */
  readonly words: number[] = [];
  codedTo = 0;
  rest = NONE;
  /** Null: it may be saved. */
  readonly codes: ValueCodes<Value> | null;
  /** Of one that is used again: a long one whose `values` are its own too, so that they need not be gone through. */
  borrowed: Distinct | null = null;
  /** Whether it is filled again and again: it keeps a map for that. */
  readonly isReused: boolean;
  #own: Seen | null;

  constructor(codes: ValueCodes<Value> | null = null, isReused = false) {
    this.codes = codes;
    this.isReused = isReused;
    this.#own = isReused ? new Seen() : null;
  }

  get size(): number {
    if (this.codes === null) return this.values.length;
    return countCodes(this.words) + this.values.length + (this.borrowed?.values.length ?? 0);
  }

  /** @param long with the same codes, and unchanged until `reset` */
  borrow(long: Distinct): void {
    const own = this.values.filter((value) => !long.lists(value));
    this.values.length = 0;
    this.#own!.nextRound();
    this.borrowed = long;
    for (const value of own) list(this.values, this.#own, value);
  }

  /** Whether it is one of its `values`. */
  lists(value: Value): boolean {
    if (this.#own === null) {
      this.#own = new Seen();
      for (const listed of this.values) this.#own.isNew(listed);
    }
    return this.#own.has(value);
  }

  reset(): void {
    this.values.length = 0;
    this.words.fill(0);
    this.codedTo = 0;
    this.rest = NONE;
    this.borrowed = null;
    this.#own?.nextRound();
  }

  /** What tells whether one of the next values is new; null: its list does. */
  seen(coming: number): Seen | null {
    if (this.#own !== null) return this.#own;
    const { values } = this;
    if (values.length > 0 && values.length * coming <= COMPARED_MAX) return null;
    if (values.length > LISTED_MAX) this.#own = new Seen();
    const seen = this.#own ?? lent.nextRound();
    for (const value of values) seen.isNew(value);
    return seen;
  }

  /** Gives its values codes, as far as there are any. */
  encode(codes: ValueCodes<Value>): void {
    const { values, words } = this;
    for (; this.codedTo < values.length; this.codedTo++) {
      const value = values[this.codedTo]!;
      const code = codes.of(value);
      if (code >= 0) setCode(words, code);
      else if (this.rest === NONE) this.rest = [value];
      else this.rest.push(value);
    }
  }

  /** All of its values; of one with codes in no order. */
  all(): readonly Value[] {
    if (this.codes === null) return this.values;
    const coded = this.codes.values.filter((_, code) => hasCode(this.words, code));
    return [...coded, ...(this.borrowed?.values ?? []), ...this.values];
  }

  bytes(): number {
    const listed = (this.values.length + this.rest.length) * VALUE_BYTES + this.words.length * WORD_BYTES;
    return PARTIAL_BYTES + listed + (this.#own?.size ?? 0) * SEEN_BYTES;
  }
}

function list(values: Value[], seen: Seen | null, value: Value): void {
  if (seen === null ? !values.includes(value) : seen.isNew(value)) values.push(value);
}

function put(partial: Distinct, seen: Seen | null, value: Value): void {
  const { codes, values } = partial;
  if (codes !== null) {
    const code = codes.of(value);
    if (code >= 0) {
      setCode(partial.words, code);
      return;
    }
  }
  if (partial.borrowed?.lists(value) !== true) list(values, seen, value);
}

function merge(into: Distinct, next: Distinct): void {
  if (into.codes === null) {
    const values = next.all();
    const seen = into.seen(values.length);
    for (let i = 0; i < values.length; i++) put(into, seen, values[i]!);
    return;
  }
  if (next.codes === null) next.encode(into.codes);
  uniteCodes(into.words, next.words);
  const rest = next.codes === null ? next.rest : next.values;
  if (rest.length === 0) return;
  if (into.isReused && into.borrowed === null && next.codes !== null && rest.length > LISTED_MAX) {
    into.borrow(next);
    return;
  }
  const seen = into.seen(rest.length);
  const { borrowed } = into;
  for (let i = 0; i < rest.length; i++) {
    const value = rest[i]!;
    if (borrowed === null || !borrowed.lists(value)) list(into.values, seen, value);
  }
}

type Reads = Pick<Aggregate<Distinct>, 'partial' | 'add' | 'save' | 'restore'>;

/** The codes are those of one feature's plan. */
function distinct(reads: Reads): Aggregate<Distinct> {
  const codes = new ValueCodes<Value>();
  return {
    ...reads,
    empty: () => new Distinct(),
    scratch: () => new Distinct(codes, true),
    unsaved: () => new Distinct(codes),
    reset: (partial) => partial.reset(),
    merge,
    value: ({ size }) => (size === 0 ? null : size),
    bytes: (partial) => partial.bytes(),
  };
}

const ofNumbers: Reads = {
  partial: 'distinctNumbers',
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    const seen = partial.seen(to - from);
    for (let i = base + from; i < base + to; i++) {
      // Adding 0 makes 0 of -0.
      const value = data[i]! + 0;
      if (!Number.isNaN(value)) put(partial, seen, value);
    }
  },
  save(partial, out) {
    const values = partial.all();
    out.natural(values.length);
    for (const value of values) out.double(value as number);
  },
  restore(from) {
    const partial = new Distinct();
    for (let left = from.natural(); left > 0; left--) partial.values.push(from.double());
    return partial;
  },
};

const ofTexts: Reads = {
  partial: 'distinctTexts',
  add(partial, rows, column, from, to) {
    const texts = rows.texts[column]!;
    const seen = partial.seen(to - from);
    for (let i = from; i < to; i++) {
      const value = texts[i]!;
      if (value !== null) put(partial, seen, value);
    }
  },
  save(partial, out) {
    const values = partial.all();
    out.natural(values.length);
    for (const value of values) out.text(value as string);
  },
  restore(from) {
    const partial = new Distinct();
    for (let left = from.natural(); left > 0; left--) partial.values.push(from.text());
    return partial;
  },
};

export const distinctNumbers = () => distinct(ofNumbers);
export const distinctTexts = () => distinct(ofTexts);
