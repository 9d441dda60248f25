/**
 * The events that the horizon has passed, kept as folds for features over all time.
 * Goal: the bits that a feature would have, had nothing been folded. Method: the fold of their chunks, which goes on with those that
 * are still there as if they had all been there.
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { PartialPlan } from './plan.js';
import type { Rows } from './rows.js';
import { SpanFold } from './span-fold.js';

/** Estimate for the cache. */
const BASE_BYTES = 120;

export class FoldBase {
  /** By partial; undefined where no feature over all time reads it. */
  readonly folds: readonly (SpanFold | undefined)[];
  readonly #partials: readonly PartialPlan[];

  constructor(
    partials: readonly PartialPlan[],
    foldOf = ({ aggregate }: PartialPlan) => new SpanFold(aggregate, aggregate.empty),
  ) {
    this.#partials = partials;
    this.folds = partials.map((partial) => (partial.allTime ? foldOf(partial) : undefined));
  }

  /** The next whole chunk. @param parts its partials @param border its border's level */
  fold(parts: readonly unknown[], border: number): void {
    for (const [k, fold] of this.folds.entries()) fold?.add(parts[k], 1, border);
  }

  /** An event of a time that is already folded: it goes behind what is, as a chunk of its own. */
  foldLate(row: Rows): void {
    for (const [k, fold] of this.folds.entries()) {
      if (fold === undefined) continue;
      const { aggregate, column, part } = this.#partials[k]!;
      aggregate.reset(part);
      aggregate.add(part, row, column, 0, 1);
      fold.add(part, 1, 1);
    }
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    let bytes = BASE_BYTES;
    for (const fold of this.folds) bytes += fold?.bytes() ?? 0;
    return bytes;
  }

  save(out: ByteWriter): void {
    for (const fold of this.folds) fold?.save(out);
  }

  static restore(partials: readonly PartialPlan[], from: ByteReader): FoldBase {
    return new FoldBase(partials, ({ aggregate }) => SpanFold.restore(aggregate, from));
  }
}
