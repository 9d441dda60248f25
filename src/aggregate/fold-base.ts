/**
 * The events that the horizon has passed, kept as folds for features over all time.
 * Goal: the bits that a feature would have, had nothing been folded. Method: with the canonical structure, a value is the fold
 * of chunks up to the first super-border and of whole super-chunks from there on, then that of the chunks behind the last of them.
 * So two folds a partial suffice, and both go on where they end.
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { PartialPlan } from './plan.js';
import type { Rows } from './rows.js';

/** Estimates for the cache. */
const BASE_BYTES = 200;
const FOLD_BYTES = 64;

export class FoldBase {
  /** By partial; undefined where no feature over all time reads it. */
  readonly atBorder: unknown[] = [];
  readonly sinceBorder: unknown[] = [];
  readonly #partials: readonly PartialPlan[];

  constructor(partials: readonly PartialPlan[]) {
    this.#partials = partials;
    for (const [k, { aggregate, allTime }] of partials.entries()) {
      if (!allTime) continue;
      this.atBorder[k] = aggregate.empty();
      this.sinceBorder[k] = aggregate.empty();
    }
  }

  /** The next whole chunk. @param parts its partials */
  fold(parts: readonly unknown[], isSuper: boolean): void {
    for (const [k, { aggregate, allTime }] of this.#partials.entries()) {
      if (!allTime) continue;
      const since = this.sinceBorder[k];
      aggregate.merge(since, parts[k]);
      if (!isSuper) continue;
      aggregate.merge(this.atBorder[k], since);
      aggregate.reset(since);
    }
  }

  /** An event of a time that is already folded: it goes behind what is, as a partial of its own. */
  foldLate(row: Rows): void {
    for (const [k, { aggregate, column, allTime, part }] of this.#partials.entries()) {
      if (!allTime) continue;
      aggregate.reset(part);
      aggregate.add(part, row, column, 0, 1);
      aggregate.merge(this.sinceBorder[k], part);
    }
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    let bytes = BASE_BYTES;
    for (let k = 0; k < this.#partials.length; k++) {
      const { aggregate, allTime } = this.#partials[k]!;
      if (!allTime) continue;
      if (aggregate.bytes === undefined) bytes += 2 * FOLD_BYTES;
      else bytes += aggregate.bytes(this.atBorder[k]) + aggregate.bytes(this.sinceBorder[k]);
    }
    return bytes;
  }

  save(out: ByteWriter): void {
    for (const [k, { aggregate, allTime }] of this.#partials.entries()) {
      if (!allTime) continue;
      aggregate.save(this.atBorder[k], out);
      aggregate.save(this.sinceBorder[k], out);
    }
  }

  static restore(partials: readonly PartialPlan[], from: ByteReader): FoldBase {
    const base = new FoldBase(partials);
    for (const [k, { aggregate, allTime }] of partials.entries()) {
      if (!allTime) continue;
      base.atBorder[k] = aggregate.restore(from);
      base.sinceBorder[k] = aggregate.restore(from);
    }
    return base;
  }

  /** As formats 1 and 2 hold it: everything as one fold, and, once a super-border was folded, these two. */
  static restoreOld(partials: readonly PartialPlan[], from: ByteReader): FoldBase {
    const base = new FoldBase(partials);
    const bordered = from.byte() === 1;
    for (const [k, { aggregate, allTime }] of partials.entries()) {
      if (!allTime) continue;
      const all = aggregate.restore(from);
      if (bordered) base.atBorder[k] = aggregate.restore(from);
      base.sinceBorder[k] = bordered ? aggregate.restore(from) : all;
    }
    return base;
  }
}
