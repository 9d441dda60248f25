/**
 * The events that the horizon has passed, kept as folds for features over all time.
 * Goal: the bits that a feature would have, had nothing been folded. Method: with the canonical structure, a value is the fold
 * of chunks up to the first super-border, of whole super-chunks from there on, and of the chunks behind the last of them. So
 * three folds a partial suffice: A up to the last super-border, S of the chunks behind it, B: A and these chunks one by one.
 * Invariant: before the first super-border A and S are empty, and B holds everything.
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { PartialPlan } from './plan.js';
import type { Rows } from './rows.js';

/** Estimates for the cache. */
const BASE_BYTES = 200;
const FOLD_BYTES = 64;

export class FoldBase {
  /** Whether a super-border was folded. */
  bordered = false;
  /** By partial; undefined where no feature over all time reads it. */
  readonly atBorder: unknown[] = [];
  readonly sinceBorder: unknown[] = [];
  readonly all: unknown[] = [];
  readonly #partials: readonly PartialPlan[];

  constructor(partials: readonly PartialPlan[]) {
    this.#partials = partials;
    for (const [k, { aggregate, allTime }] of partials.entries()) {
      if (!allTime) continue;
      this.atBorder[k] = aggregate.empty();
      this.sinceBorder[k] = aggregate.empty();
      this.all[k] = aggregate.empty();
    }
  }

  /** The next whole chunk. @param parts its partials */
  fold(parts: readonly unknown[], isSuper: boolean): void {
    const { bordered } = this;
    for (const [k, { aggregate, allTime }] of this.#partials.entries()) {
      if (!allTime) continue;
      const all = this.all[k];
      aggregate.merge(all, parts[k]);
      if (bordered) aggregate.merge(this.sinceBorder[k], parts[k]);
      if (!isSuper) continue;
      const atBorder = this.atBorder[k];
      if (bordered) {
        aggregate.merge(atBorder, this.sinceBorder[k]);
        aggregate.reset(this.sinceBorder[k]);
        aggregate.reset(all);
        aggregate.merge(all, atBorder);
      } else aggregate.merge(atBorder, all);
    }
    this.bordered = bordered || isSuper;
  }

  /** An event of a time that is already folded: it goes behind everything, as a partial of its own. */
  foldLate(row: Rows): void {
    for (const [k, { aggregate, column, allTime, part }] of this.#partials.entries()) {
      if (!allTime) continue;
      aggregate.reset(part);
      aggregate.add(part, row, column, 0, 1);
      aggregate.merge(this.all[k], part);
      if (this.bordered) aggregate.merge(this.atBorder[k], part);
    }
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    let bytes = BASE_BYTES;
    for (let k = 0; k < this.#partials.length; k++) {
      const { aggregate, allTime } = this.#partials[k]!;
      if (!allTime) continue;
      if (aggregate.bytes === undefined) bytes += 3 * FOLD_BYTES;
      else for (const folds of [this.all, this.atBorder, this.sinceBorder]) bytes += aggregate.bytes(folds[k]);
    }
    return bytes;
  }

  save(out: ByteWriter): void {
    out.byte(this.bordered ? 1 : 0);
    for (const [k, { aggregate, allTime }] of this.#partials.entries()) {
      if (!allTime) continue;
      aggregate.save(this.all[k], out);
      if (!this.bordered) continue;
      aggregate.save(this.atBorder[k], out);
      aggregate.save(this.sinceBorder[k], out);
    }
  }

  static restore(partials: readonly PartialPlan[], from: ByteReader): FoldBase {
    const base = new FoldBase(partials);
    base.bordered = from.byte() === 1;
    for (const [k, { aggregate, allTime }] of partials.entries()) {
      if (!allTime) continue;
      base.all[k] = aggregate.restore(from);
      if (!base.bordered) continue;
      base.atBorder[k] = aggregate.restore(from);
      base.sinceBorder[k] = aggregate.restore(from);
    }
    return base;
  }
}
