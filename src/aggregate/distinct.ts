/**
 * How many different values; 0 and -0 are one value. Its partial is their list, in the order in which they came.
 * Method: what is filled again and again, as a query's partial is, has a map that tells in which round a value was last seen, so
 * no set is built and thrown away each time. Others are many and stay: they keep the list alone, and borrow a map to be filled.
 */
import type { Aggregate } from './aggregate.js';

type Value = number | string;

/** Estimates for the cache: of an empty partial, of a value in its list, and of one in a map. */
const PARTIAL_BYTES = 120;
const VALUE_BYTES = 36;
const SEEN_BYTES = 48;
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

  /** @returns whether it is the first time in this round */
  isNew(value: Value): boolean {
    if (this.#values.get(value) === this.#round) return false;
    this.#values.set(value, this.#round);
    return true;
  }
}

/** Lent for one call. */
const lent = new Seen();

export class Distinct {
  readonly values: Value[] = [];
  #own: Seen | null;

  constructor(own: Seen | null = null) {
    this.#own = own;
  }

  reset(): void {
    this.values.length = 0;
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

  bytes(): number {
    return PARTIAL_BYTES + this.values.length * VALUE_BYTES + (this.#own?.size ?? 0) * SEEN_BYTES;
  }
}

function put({ values }: Distinct, seen: Seen | null, value: Value): void {
  if (seen === null ? !values.includes(value) : seen.isNew(value)) values.push(value);
}

const common: Omit<Aggregate<Distinct>, 'partial' | 'add' | 'save' | 'restore'> = {
  empty: () => new Distinct(),
  scratch: () => new Distinct(new Seen()),
  reset: (partial) => partial.reset(),
  merge(into, { values }) {
    const seen = into.seen(values.length);
    for (let i = 0; i < values.length; i++) put(into, seen, values[i]!);
  },
  value: ({ values }) => (values.length === 0 ? null : values.length),
  bytes: (partial) => partial.bytes(),
};

export const distinctNumbers: Aggregate<Distinct> = {
  ...common,
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
  save({ values }, out) {
    out.natural(values.length);
    for (const value of values) out.double(value as number);
  },
  restore(from) {
    const partial = new Distinct();
    for (let left = from.natural(); left > 0; left--) partial.values.push(from.double());
    return partial;
  },
};

export const distinctTexts: Aggregate<Distinct> = {
  ...common,
  partial: 'distinctTexts',
  add(partial, rows, column, from, to) {
    const texts = rows.texts[column]!;
    const seen = partial.seen(to - from);
    for (let i = from; i < to; i++) {
      const value = texts[i]!;
      if (value !== null) put(partial, seen, value);
    }
  },
  save({ values }, out) {
    out.natural(values.length);
    for (const value of values) out.text(value as string);
  },
  restore(from) {
    const partial = new Distinct();
    for (let left = from.natural(); left > 0; left--) partial.values.push(from.text());
    return partial;
  },
};
