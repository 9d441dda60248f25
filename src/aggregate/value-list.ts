/**
 * Different values in the order in which they came.
 * Method: a short list is compared with what comes; for a longer one a map tells in which round a value was last seen, so no set is
 * built and thrown away each time. One that is filled again and again borrows a long list instead of copying it: then it is
 * enough to know which of its own values are not in that.
 */
export type Value = number | string;

/** Estimates for the cache: of a value in a list, and of one in a map. */
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

export class ValueList {
  readonly values: Value[] = [];
  /** Of one that is used again: a long one whose values are its own too. It is unchanged until `reset`. */
  #borrowed: ValueList | null = null;
  readonly #isReused: boolean;
  #own: Seen | null;

  /** @param isReused whether it is filled again and again: it keeps a map for that */
  constructor(isReused = false) {
    this.#isReused = isReused;
    this.#own = isReused ? new Seen() : null;
  }

  get size(): number {
    return this.values.length + (this.#borrowed?.values.length ?? 0);
  }

  all(): readonly Value[] {
    return this.#borrowed === null ? this.values : [...this.#borrowed.values, ...this.values];
  }

  reset(): void {
    this.values.length = 0;
    this.#borrowed = null;
    this.#own?.nextRound();
  }

  has(value: Value): boolean {
    if (this.#own === null) {
      this.#own = new Seen();
      for (const listed of this.values) this.#own.isNew(listed);
    }
    return this.#own.has(value) || this.#borrowed?.has(value) === true;
  }

  /** What tells `put` whether one of the next values is new; null: the list does. */
  seen(coming: number): Seen | null {
    if (this.#own !== null) return this.#own;
    const { values } = this;
    if (values.length > 0 && values.length * coming <= COMPARED_MAX) return null;
    if (values.length > LISTED_MAX) this.#own = new Seen();
    const seen = this.#own ?? lent.nextRound();
    for (const value of values) seen.isNew(value);
    return seen;
  }

  put(seen: Seen | null, value: Value): void {
    if (this.#borrowed?.has(value) === true) return;
    if (seen === null ? !this.values.includes(value) : seen.isNew(value)) this.values.push(value);
  }

  putAll(values: readonly Value[]): void {
    const seen = this.seen(values.length);
    for (let i = 0; i < values.length; i++) this.put(seen, values[i]!);
  }

  /** The same for a list that is not changed until the next `reset`. */
  putList(list: ValueList): void {
    if (!this.#isReused || this.#borrowed !== null || list.#borrowed !== null || list.values.length <= LISTED_MAX) {
      if (list.size > 0) this.putAll(list.all());
      return;
    }
    const own = this.values.filter((value) => !list.has(value));
    this.reset();
    this.#borrowed = list;
    for (const value of own) this.put(this.#own, value);
  }

  bytes(): number {
    return this.values.length * VALUE_BYTES + (this.#own?.size ?? 0) * SEEN_BYTES;
  }
}
