/**
 * Numbers for the first values of a column, and sets of them as bits.
 * Goal: sets of few different values are united by some `or`s, however many of them there are. Method: a value keeps its code for as
 * long as the plan lives; those beyond CODES_MAX have none. Codes are of this process alone: nothing that is stored or given out holds one.
 */
export const CODES_MAX = 1024;
const WORD_BITS = 5;

export class ValueCodes<V> {
  /** By code. */
  readonly values: V[] = [];
  readonly #codes = new Map<V, number>();

  /** @returns from 0; -1 for a value that has none */
  of(value: V): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.#codes.size;
    if (code >= CODES_MAX) return -1;
    this.#codes.set(value, code);
    this.values.push(value);
    return code;
  }
}

/** Sets of codes: 32 in a word. */
export function setCode(words: number[], code: number): void {
  const word = code >> WORD_BITS;
  while (words.length <= word) words.push(0);
  words[word] = words[word]! | (1 << code);
}

export function uniteCodes(into: number[], next: readonly number[]): void {
  while (into.length < next.length) into.push(0);
  for (let i = 0; i < next.length; i++) into[i] = into[i]! | next[i]!;
}

export const hasCode = (words: readonly number[], code: number) =>
  ((words[code >> WORD_BITS] ?? 0) & (1 << code)) !== 0;

/** How many codes the set has. The count of bits is that of Warren, Hacker's Delight, 5-1. */
export function countCodes(words: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let bits = words[i]!;
    bits -= (bits >>> 1) & 0x5555_5555;
    bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  }
  return count;
}
