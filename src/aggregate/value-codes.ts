/**
 * Numbers for the first values of a column, and sets of them.
 * Goal: a value is looked up once, when its event comes in, and sets of values are united by few operations, however many of them there
 * are. Method: a value keeps its code for as long as the plan lives; those beyond CODES_MAX have none. Codes are of this process alone:
 * nothing that is stored or given out holds one.
 */
import type { Value } from './value-list.js';

export const CODES_MAX = 16_384;
/** Of a value that has no code. */
export const NO_CODE = -1;

export class ValueCodes {
  /** By code. */
  readonly values: Value[] = [];
  readonly #codes = new Map<Value, number>();

  /** @returns from 0, or NO_CODE */
  of(value: Value): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.#codes.size;
    if (code >= CODES_MAX) return NO_CODE;
    this.#codes.set(value, code);
    this.values.push(value);
    return code;
  }
}

/** The column of numbers that holds the codes of another column's values, and what they stand for. */
export interface CodedColumn {
  readonly column: number;
  readonly codes: ValueCodes;
}

/** Longer lists become bits: going through them would cost more. */
const LISTED_MAX = 64;
/** Codes that lie within so many words are bits, however few they are: such sets are united in a few operations. */
const NARROW_WORDS = 16;
const WORD_BITS = 5;
const ELEMENT_BYTES = 8;

/** A set of codes: bits where they lie close to each other or are many, else a list. */
export class CodeSet {
  size = 0;
  readonly #list: number[] = [];
  /** 32 codes in a word, from word `#base` on; none while the list holds them. */
  #words: number[] = [];
  #base = 0;
  /** Words from here up to (not with) `#to` may hold a code. */
  #from = 0;
  #to = 0;
  #isList = false;
  readonly #isReused: boolean;

  /** @param isReused whether it is filled again and again: then it is never a list */
  constructor(isReused = false) {
    this.#isReused = isReused;
  }

  reset(): void {
    if (this.#to > this.#from) this.#words.fill(0, this.#from - this.#base, this.#to - this.#base);
    this.#from = this.#to = 0;
    this.#list.length = 0;
    this.#isList = false;
    this.size = 0;
  }

  add(code: number): void {
    const w = code >> WORD_BITS;
    if (!this.#isList && (w < this.#from || w >= this.#to)) this.#makeRoom(w, w + 1, 1);
    if (this.#isList) this.#addToList(code);
    else this.#addBit(w, code);
  }

  addAll(codes: readonly number[]): void {
    for (let i = 0; i < codes.length; i++) this.add(codes[i]!);
  }

  unite(next: CodeSet): void {
    if (next.#isList) {
      this.addAll(next.#list);
      return;
    }
    if (next.#to === next.#from) return;
    if (this.#isList && this.size + next.size > LISTED_MAX) this.#leaveList();
    if (!this.#isList) this.#makeRoom(next.#from, next.#to, next.size);
    if (this.#isList) this.addAll(next.all());
    else this.#addWords(next);
  }

  #addWords(next: CodeSet): void {
    const words = this.#words;
    const coming = next.#words;
    const apart = next.#base - this.#base;
    for (let w = next.#from - next.#base; w < next.#to - next.#base; w++) {
      const word = words[w + apart]!;
      const added = coming[w]! & ~word;
      if (added === 0) continue;
      words[w + apart] = word | added;
      this.size += bitsOf(added);
    }
  }

  /** In no order. */
  all(): number[] {
    if (this.#isList) return [...this.#list];
    const codes: number[] = [];
    for (let w = this.#from; w < this.#to; w++) {
      const word = this.#words[w - this.#base]!;
      for (let bit = 0; bit < 32; bit++) if ((word & (1 << bit)) !== 0) codes.push((w << WORD_BITS) | bit);
    }
    return codes;
  }

  bytes(): number {
    return (this.#list.length + this.#words.length) * ELEMENT_BYTES;
  }

  #addToList(code: number): void {
    const list = this.#list;
    if (list.includes(code)) return;
    if (list.length < LISTED_MAX) {
      this.size = list.push(code);
      return;
    }
    this.#leaveList();
    this.#reachBit(code);
  }

  #reachBit(code: number): void {
    const w = code >> WORD_BITS;
    this.#reach(w, w + 1);
    this.#addBit(w, code);
  }

  #addBit(w: number, code: number): void {
    const word = this.#words[w - this.#base]!;
    const bit = 1 << code;
    if ((word & bit) !== 0) return;
    this.#words[w - this.#base] = word | bit;
    this.size++;
  }

  /** For bits of these words; or becomes a list, where few codes would lie far from each other. @param coming at most so many codes */
  #makeRoom(from: number, to: number, coming: number): void {
    const isNarrow = this.#to === this.#from || Math.max(this.#to, to) - Math.min(this.#from, from) <= NARROW_WORDS;
    if (this.#isReused || isNarrow || this.size + coming > LISTED_MAX) this.#reach(from, to);
    else this.#becomeList();
  }

  #becomeList(): void {
    this.#list.push(...this.all());
    this.#words.length = this.#from = this.#to = 0;
    this.#isList = true;
  }

  #leaveList(): void {
    this.#isList = false;
    this.size = 0;
    for (const code of this.#list) this.#reachBit(code);
    this.#list.length = 0;
  }

  #reach(from: number, to: number): void {
    const isEmpty = this.#to === this.#from;
    // One that is filled again and again has all words that it ever needed.
    if (isEmpty && !this.#isReused) {
      this.#base = from;
      this.#words.length = 0;
    }
    if (from < this.#base) {
      this.#words = [...new Array(this.#base - from).fill(0), ...this.#words];
      this.#base = from;
    }
    while (this.#words.length < to - this.#base) this.#words.push(0);
    this.#from = isEmpty ? from : Math.min(this.#from, from);
    this.#to = isEmpty ? to : Math.max(this.#to, to);
  }
}

/** The count of bits is that of Warren, Hacker's Delight, 5-1. */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
