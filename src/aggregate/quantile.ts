/**
 * Quantiles of a number: the value of the least rank r, from 1, with r / n >= q, as SQL's `quantile_disc`: the least value for q = 0,
 * the greatest for q = 1.
 * Goal: a function of the values alone, in whatever order and parts they come, within bounded memory. Method: values are taken as
 * floats, as every feature leaves (rounding keeps their order), and as whole numbers that sort as the floats do. Up to EXACT_MAX
 * of them are listed, and the answer is exact. More are counted in buckets by sign, exponent and the first 8 bits of the mantissa,
 * as in HdrHistogram (G. Tene); the answer is the bucket's end next to 0: within 2^-8 (0.4 %) of the exact one. Exact all the same are
 * the least and the greatest, and what needs no more than these bits, such as whole numbers to 512. Below 2^-126 in magnitude the
 * error is at most 2^-134; above 2^128 a value is infinite, as a float is.
 * Invariant: there are buckets if and only if there are more than EXACT_MAX values.
 */
import type { Aggregate } from './aggregate.js';
import type { ByteReader } from './byte-reader.js';
import { typedArrayBytes } from './memory.js';
import { select } from './select.js';

/** Up to so many values are listed: 4 bytes each. */
export const EXACT_MAX = 1024;
/** A page of buckets for each sign and exponent that occurs: 256 counts, then their sum. 512 pages, 1 MB, at most. */
const PAGES_MAX = 512;
const BUCKETS = 256;
const PAGE = BUCKETS + 1;
/** Behind the sign, the exponent and the first bits of the mantissa. */
const REST_BITS = 15;
const REST = 2 ** REST_BITS - 1;
const LIST_MIN = 8;
const PAGES_MIN = 4;
/** Estimate of what the empty one takes in memory. */
const QUANTILES_BYTES = 130;

const NO_LIST = new Uint32Array(0);
const NO_COUNTS = new Float64Array(0);
const NO_PAGES = new Uint16Array(0);

export class Quantiles {
  n = 0;
  /** The values, in any order; meaningless where there are buckets. */
  list = NO_LIST;
  bucketed = false;
  /** By sign and exponent: which page of `counts`, from 1; 0 where there is none. */
  pages = NO_PAGES;
  counts = NO_COUNTS;
  used = 0;
  least = 0;
  greatest = 0;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const SIGN = 0x8000_0000;

/** The nearest float as a whole number of 32 bits that sorts as it does; -0 as 0. */
function toOrdered(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  return word < SIGN ? word + SIGN : word === SIGN ? SIGN : ~word >>> 0;
}

function fromOrdered(ordered: number): number {
  bits[0] = ordered >= SIGN ? ordered - SIGN : ~ordered;
  return float[0]! + 0;
}

function makeRoom(partial: Quantiles, values: number): void {
  if (partial.list.length >= values) return;
  const larger = new Uint32Array(Math.min(EXACT_MAX, Math.max(LIST_MIN, values, 2 * partial.list.length)));
  for (let i = 0; i < partial.n; i++) larger[i] = partial.list[i]!;
  partial.list = larger;
}

/** @returns where its counts begin */
function pageAt(partial: Quantiles, page: number): number {
  const place = partial.pages[page]!;
  if (place > 0) return (place - 1) * PAGE;
  const start = partial.used * PAGE;
  if (start === partial.counts.length) {
    const larger = new Float64Array(Math.max(PAGES_MIN, 2 * partial.used) * PAGE);
    larger.set(partial.counts);
    partial.counts = larger;
  }
  partial.pages[page] = ++partial.used;
  return start;
}

function addToBucket(partial: Quantiles, bucket: number, count: number): void {
  const at = pageAt(partial, bucket >>> 8);
  const { counts } = partial;
  counts[at + (bucket & (BUCKETS - 1))]! += count;
  counts[at + BUCKETS]! += count;
}

/** Into buckets, once more than EXACT_MAX are to come. */
function spread(partial: Quantiles): void {
  if (partial.bucketed) return;
  if (partial.pages.length === 0) partial.pages = new Uint16Array(PAGES_MAX);
  partial.bucketed = true;
  partial.least = 2 ** 32;
  partial.greatest = -1;
  addToBuckets(partial, partial.list, partial.n);
}

function addToBuckets(partial: Quantiles, list: Uint32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const ordered = list[i]!;
    addToBucket(partial, ordered >>> REST_BITS, 1);
    if (ordered < partial.least) partial.least = ordered;
    if (ordered > partial.greatest) partial.greatest = ordered;
  }
}

function addPages(into: Quantiles, next: Quantiles): void {
  for (let page = 0; page < PAGES_MAX; page++) {
    if (next.pages[page] === 0) continue;
    const from = pageAt(next, page);
    const to = pageAt(into, page);
    const { counts } = into;
    const { counts: added } = next;
    for (let i = 0; i < PAGE; i++) counts[to + i]! += added[from + i]!;
  }
  into.least = Math.min(into.least, next.least);
  into.greatest = Math.max(into.greatest, next.greatest);
}

/** @param rank from 1 to n */
function ofRank(partial: Quantiles, rank: number): number {
  const { n, counts, pages } = partial;
  if (!partial.bucketed) return fromOrdered(select(partial.list, n, rank - 1));
  if (rank === 1) return fromOrdered(partial.least);
  if (rank === n) return fromOrdered(partial.greatest);
  let left = rank;
  let page = 0;
  for (; ; page++) {
    if (pages[page] === 0) continue;
    const sum = counts[pageAt(partial, page) + BUCKETS]!;
    if (left <= sum) break;
    left -= sum;
  }
  let at = pageAt(partial, page);
  while (left > counts[at]!) left -= counts[at++]!;
  return fromBucket(partial, page * BUCKETS + at - pageAt(partial, page));
}

/** The bucket's end next to 0, which is its least one or, of negative values, its greatest; no further than the values go. */
function fromBucket({ least, greatest }: Quantiles, bucket: number): number {
  const start = bucket * (REST + 1);
  return fromOrdered(Math.min(greatest, Math.max(least, start >= SIGN ? start : start + REST)));
}

const common: Omit<Aggregate<Quantiles>, 'value'> = {
  partial: 'quantile',
  empty: () => new Quantiles(),
  reset(partial) {
    if (partial.bucketed) {
      partial.counts.fill(0, 0, partial.used * PAGE);
      partial.pages.fill(0);
      partial.used = 0;
      partial.bucketed = false;
    }
    partial.n = 0;
  },
  add(partial, rows, column, from, to) {
    const { data } = rows;
    const base = column * rows.capacity;
    if (!partial.bucketed) makeRoom(partial, Math.min(EXACT_MAX, partial.n + to - from));
    for (let i = base + from; i < base + to; i++) {
      const value = data[i]!;
      if (Number.isNaN(value)) continue;
      const ordered = toOrdered(value);
      if (partial.n < EXACT_MAX) partial.list[partial.n] = ordered;
      else {
        spread(partial);
        one[0] = ordered;
        addToBuckets(partial, one, 1);
      }
      partial.n++;
    }
  },
  merge(into, next) {
    const n = into.n + next.n;
    if (n <= EXACT_MAX) {
      makeRoom(into, n);
      const { list } = next;
      for (let i = 0, at = into.n; at < n; i++, at++) into.list[at] = list[i]!;
    } else if (next.n > 0) {
      spread(into);
      if (next.bucketed) addPages(into, next);
      else addToBuckets(into, next.list, next.n);
    }
    into.n = n;
  },
  bytes: ({ list, pages, counts }) =>
    QUANTILES_BYTES + typedArrayBytes(list) + typedArrayBytes(pages) + typedArrayBytes(counts),
  save(partial, out) {
    const { n, list, pages, counts } = partial;
    out.natural(n);
    let last = 0;
    const writeNext = (ascending: number) => {
      out.natural(ascending - last);
      last = ascending;
    };
    if (!partial.bucketed) {
      list.subarray(0, n).sort().forEach(writeNext);
      return;
    }
    out.natural(partial.least);
    out.natural(partial.greatest);
    for (let page = 0; page < PAGES_MAX; page++) {
      if (pages[page] === 0) continue;
      const at = pageAt(partial, page);
      for (let i = 0; i < BUCKETS; i++) {
        if (counts[at + i] === 0) continue;
        writeNext(page * BUCKETS + i);
        out.natural(counts[at + i]!);
      }
    }
  },
  restore(from) {
    const partial = new Quantiles();
    const n = from.natural();
    let last = 0;
    const readNext = (end: number) => {
      last += from.natural();
      return last < end ? last : from.fail('holds a quantile of a value that is no float');
    };
    if (n <= EXACT_MAX) {
      makeRoom(partial, n);
      for (let i = 0; i < n; i++) partial.list[i] = readNext(2 ** 32);
    } else {
      spread(partial);
      partial.least = from.natural();
      partial.greatest = from.natural();
      for (let left = n; left > 0; ) {
        const bucket = readNext(PAGES_MAX * BUCKETS);
        const count = countOf(from, left);
        addToBucket(partial, bucket, count);
        left -= count;
      }
    }
    partial.n = n;
    return partial;
  },
};

const one = new Uint32Array(1);

function countOf(from: ByteReader, left: number): number {
  const count = from.natural();
  return count > 0 && count <= left ? count : from.fail('holds a quantile of more values than it says');
}

/** By the quotient, not by q n: 0.56 of 25 is 14.000000000000002 in doubles, but 14 / 25 is 0.56. */
function rankOf(q: number, n: number): number {
  let rank = Math.max(1, Math.ceil(q * n));
  while (rank > 1 && (rank - 1) / n >= q) rank--;
  while (rank < n && rank / n < q) rank++;
  return rank;
}

/** @param q from 0 to 1. What different ones of a column need is the same, and shared. */
export const quantile = (q: number): Aggregate<Quantiles> => ({
  ...common,
  value: (partial) => (partial.n === 0 ? null : ofRank(partial, rankOf(q, partial.n))),
});
