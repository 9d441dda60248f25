/**
 * How many of the last records were of a kind, e.g. refused: a window of `size` records, slid by one at each. In memory only: after
 * a restart it begins empty, and says nothing until it is full.
 */
export class RecentShare {
  /** What each of the last records was; null: nothing of note. */
  readonly #last: (string | null)[] = [];
  readonly #size: number;
  #at = 0;
  hits = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** @param kind what it is counted as; null: as a record of no kind */
  add(kind: string | null): void {
    if (kind !== null) this.hits++;
    if (this.#last[this.#at] != null) this.hits--;
    this.#last[this.#at] = kind;
    this.#at = (this.#at + 1) % this.#size;
  }

  /** Of a full window; 0 before. */
  get share(): number {
    return this.#last.length < this.#size ? 0 : this.hits / this.#size;
  }

  /** The most frequent kind in the window. */
  commonest(): string | null {
    const counts = new Map<string, number>();
    for (const kind of this.#last) if (kind !== null) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return [...counts].reduce<[string | null, number]>((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0];
  }
}
