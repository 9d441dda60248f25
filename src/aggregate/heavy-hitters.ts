/**
 * The most frequent of many texts, within bounded memory: categories of an aggregate, or the keys of rows.
 * Method: each text's count, exactly, while there are at most 2 `kept` different ones. With more, Misra and Gries ("Finding repeated
 * elements", 1982), as merged by Agarwal et al. ("Mergeable summaries", 2012): the (kept + 1)-th greatest count is taken from each,
 * and what is not above it is dropped; so pruning is rare, and cheap per text.
 * Error: of n texts counted, no count is too great, and none too small by more than n / (kept + 1), since what is taken is taken from
 * so many texts at a time; so a text that is more frequent than that is always held. Up to 2 `kept` different texts the counts are a
 * function of the texts alone; beyond, of the order of additions and merges as well.
 */
import { select } from './select.js';
import { compareUtf8 } from './utf8.js';

/** Estimates for the cache: of an empty one, and of a text. */
const HITTERS_BYTES = 420;
const TEXT_BYTES = 100;

export class HeavyHitters {
  readonly #kept: number;
  /** Every text that is remembered over `reset`, at its place in the lists; those that are not held count 0. */
  readonly #places = new Map<string, number>();
  #texts: string[] = [];
  #counts: number[] = [];
  /** Places of those that are held, in any order. */
  #held: number[] = [];
  #total = 0;
  /** What was taken from each count, in all. */
  #taken = 0;

  /** @param kept how many texts are held after pruning; twice as many at most */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** How many different texts are held. */
  get size(): number {
    return this.#held.length;
  }

  /** How many texts were counted. */
  get total(): number {
    return this.#total;
  }

  reset(): void {
    this.#total = 0;
    this.#taken = 0;
    const held = this.#held;
    for (let i = 0; i < held.length; i++) this.#counts[held[i]!] = 0;
    held.length = 0;
    if (this.#texts.length > 2 * this.#kept) this.#forget();
  }

  add(text: string, count = 1): void {
    this.#add(text, count);
    if (this.#held.length > 2 * this.#kept) this.#prune();
  }

  merge(next: HeavyHitters): void {
    const held = next.#held;
    const total = this.#total + next.#total;
    for (let i = 0; i < held.length; i++) this.#add(next.#texts[held[i]!]!, next.#counts[held[i]!]!);
    this.#total = total;
    this.#taken += next.#taken;
    if (this.#held.length > 2 * this.#kept) this.#prune();
  }

  /** @param rank from 1. @returns the text of this rank by its count; of equal counts, the lesser by UTF-8 bytes first */
  ofRank(rank: number): string | null {
    if (rank > this.#held.length) return null;
    return this.#texts[this.#best(rank)[rank - 1]!]!;
  }

  /** The first `n` by rank, or fewer: in so many rows at least, and at most, the text was the key. */
  first(n: number): { readonly key: string; readonly rows: number; readonly rowsAtMost: number }[] {
    return this.#best(n).map((place) => {
      const rows = this.#counts[place]!;
      return { key: this.#texts[place]!, rows, rowsAtMost: rows + this.#taken };
    });
  }

  /** All that are held, sorted by UTF-8 bytes. */
  entries(): { readonly text: string; readonly count: number }[] {
    return this.#held
      .map((place) => ({ text: this.#texts[place]!, count: this.#counts[place]! }))
      .sort((a, b) => compareUtf8(a.text, b.text));
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    return HITTERS_BYTES + this.#texts.length * TEXT_BYTES;
  }

  #add(text: string, count: number): void {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#texts.length;
      this.#places.set(text, place);
      this.#texts.push(text);
      this.#counts.push(0);
    }
    if (this.#counts[place] === 0) this.#held.push(place);
    this.#counts[place]! += count;
    this.#total += count;
  }

  /** Places of the first `k`, by insertion into a short list. */
  #best(k: number): number[] {
    const held = this.#held;
    if (k >= held.length) return held.slice().sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
    const best: number[] = [];
    if (k === 0) return best;
    for (let i = 0; i < held.length; i++) {
      const place = held[i]!;
      if (best.length === k && !this.#isBefore(place, best[k - 1]!)) continue;
      let at = best.length < k ? best.length : k - 1;
      for (; at > 0 && this.#isBefore(place, best[at - 1]!); at--) best[at] = best[at - 1]!;
      best[at] = place;
    }
    return best;
  }

  #isBefore(a: number, b: number): boolean {
    const apart = this.#counts[b]! - this.#counts[a]!;
    return apart < 0 || (apart === 0 && compareUtf8(this.#texts[a]!, this.#texts[b]!) < 0);
  }

  /** Takes the (kept + 1)-th greatest count from each, and drops what is not above it. */
  #prune(): void {
    const counts = Float64Array.from(this.#held, (place) => this.#counts[place]!);
    const taken = select(counts, counts.length, counts.length - this.#kept - 1);
    this.#taken += taken;
    const held = this.#held;
    let kept = 0;
    for (let i = 0; i < held.length; i++) {
      const place = held[i]!;
      this.#counts[place] = Math.max(0, this.#counts[place]! - taken);
      if (this.#counts[place] > 0) held[kept++] = place;
    }
    held.length = kept;
    this.#forget();
  }

  /** Remembers only what is held. */
  #forget(): void {
    const texts = this.#held.map((place) => this.#texts[place]!);
    this.#counts = this.#held.map((place) => this.#counts[place]!);
    this.#texts = texts;
    this.#held = texts.map((_, place) => place);
    this.#places.clear();
    for (const [place, text] of texts.entries()) this.#places.set(text, place);
  }
}
