/**
 * Whole chunks folded one after another, for one partial, so that a span of any level can be added in place of its chunks.
 * Goal: however it was reached, and wherever it is taken up again, the same bits. Method: a counter whose digits are levels. What
 * leads up to the highest border so far, and the spans of that level from there on, are one fold; behind it each lower level has one, of its
 * spans behind the last border of a higher level. A border carries what lies below its level upwards, which is then a whole span.
 * Invariant: a span is the left fold of its spans of the level below.
 */
import { type Aggregate, bytesOf } from './aggregate.js';
import { LEVEL_MAX } from './border.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** Estimate, measured with Node 20. */
const SPAN_FOLD_BYTES = 104;

const ACROSS = 1;
const bitOf = (level: number) => 1 << level;

export class SpanFold {
  readonly #aggregate: Aggregate<unknown>;
  readonly #empty: () => unknown;
  /** The level of the highest border. */
  #top = 1;
  readonly #across: unknown;
  /** By level, below the top. */
  readonly #below: unknown[] = [];
  /** Bits: what is not empty, 0 for `across`, else by level. */
  #filled = 0;

  /** @param empty makes what it folds into */
  constructor(aggregate: Aggregate<unknown>, empty: () => unknown) {
    this.#aggregate = aggregate;
    this.#empty = empty;
    this.#across = empty();
  }

  /** @param level of the border behind which the first chunk lies */
  begin(level: number): void {
    this.#top = level;
    this.#aggregate.reset(this.#across);
    for (const fold of this.#below) if (fold !== undefined) this.#aggregate.reset(fold);
    this.#filled = 0;
  }

  /** Goes on where another one is. */
  beginAt(other: SpanFold): void {
    this.begin(other.#top);
    if ((other.#filled & ACROSS) !== 0) this.#aggregate.merge(this.#across, other.#across);
    for (let level = 1; level < other.#top; level++) {
      if ((other.#filled & bitOf(level)) !== 0) this.#aggregate.merge(this.#levelled(level), other.#below[level]);
    }
    this.#filled = other.#filled;
  }

  /** The highest level of which a span can be added next. */
  get addable(): number {
    const below = this.#filled & ~ACROSS;
    return below === 0 ? this.#top : 31 - Math.clz32(below & -below);
  }

  /**
   * The next span.
   * @param level at most `addable`
   * @param border the level of the border that ends it, at least its own
   */
  add(part: unknown, level: number, border: number): void {
    const aggregate = this.#aggregate;
    aggregate.merge(this.#levelled(level), part);
    this.#filled |= this.#bit(level);
    for (let from = level; from < Math.min(border, this.#top); from++) {
      if ((this.#filled & bitOf(from)) === 0) continue;
      aggregate.merge(this.#levelled(from + 1), this.#below[from]);
      aggregate.reset(this.#below[from]);
      this.#filled = (this.#filled & ~bitOf(from)) | this.#bit(from + 1);
    }
    this.#top = Math.max(border, this.#top);
  }

  /** Merges all of it into `into`. */
  mergeInto(into: unknown): void {
    const aggregate = this.#aggregate;
    if ((this.#filled & ACROSS) !== 0) aggregate.merge(into, this.#across);
    for (let level = this.#top - 1; level > 0; level--) {
      if ((this.#filled & bitOf(level)) !== 0) aggregate.merge(into, this.#below[level]);
    }
  }

  #bit(level: number): number {
    return level === this.#top ? ACROSS : bitOf(level);
  }

  #levelled(level: number): unknown {
    if (level === this.#top) return this.#across;
    this.#below[level] ??= this.#empty();
    return this.#below[level];
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    let bytes = SPAN_FOLD_BYTES + bytesOf(this.#aggregate, this.#across);
    for (const fold of this.#below) if (fold !== undefined) bytes += bytesOf(this.#aggregate, fold);
    return bytes;
  }

  save(out: ByteWriter): void {
    out.natural(this.#top);
    out.natural(this.#filled);
    if ((this.#filled & ACROSS) !== 0) this.#aggregate.save(this.#across, out);
    for (let level = 1; level < this.#top; level++) {
      if ((this.#filled & bitOf(level)) !== 0) this.#aggregate.save(this.#below[level], out);
    }
  }

  /** What `save` wrote. */
  static restore(aggregate: Aggregate<unknown>, from: ByteReader): SpanFold {
    const fold = new SpanFold(aggregate, aggregate.empty);
    const top = from.natural();
    const filled = from.natural();
    if (top < 1 || top > LEVEL_MAX || filled >= 2 ** top) from.fail('holds a fold of levels that there are not');
    fold.#top = top;
    fold.#filled = filled;
    if ((filled & ACROSS) !== 0) aggregate.merge(fold.#across, aggregate.restore(from));
    for (let level = 1; level < top; level++) {
      if ((filled & bitOf(level)) !== 0) fold.#below[level] = aggregate.restore(from);
    }
    return fold;
  }
}
