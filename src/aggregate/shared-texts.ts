/**
 * Equal texts as one string.
 * Goal: a category is in memory once, not once an event, and comparing it with itself costs a look at two pointers. Method: two
 * generations of a map; what is still asked for moves to the young one, the old one goes when that is full.
 * Invariant: a text equal to the one that was given, whatever is remembered; memory is bounded.
 */

/** Texts of a generation, and their length in characters: what is longer is rarely a category. */
const GENERATION_MAX = 8192;
const LENGTH_MAX = 64;

export class SharedTexts {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  of(text: string): string {
    if (text.length > LENGTH_MAX) return text;
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const shared = this.#old.get(text) ?? text;
    if (this.#young.size >= GENERATION_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(shared, shared);
    return shared;
  }
}
