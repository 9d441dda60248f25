/**
 * What lies between the edges of a stretch, folded for one partial and kept from query to query.
 * Goal: a query costs a few merges, however long the history. Method: one fold of the whole chunks up to the first super-border and
 * of the whole super-chunks behind it, and one of the whole chunks behind the last super-border. Both grow with what is new at their
 * end, and begin anew once the stretch begins in another chunk: with one event in 64 or so.
 * Invariant: what is kept is bit for bit what folding anew gives; what changes a closed chunk raises `log.version`.
 */
import type { Cursor } from './cursor.js';
import type { EventLog } from './event-log.js';
import type { PartialPlan } from './plan.js';

/** Estimates, measured with Node 20. */
const MIDDLE_BYTES = 120;
const FOLD_BYTES = 64;

export class Middle {
  /** Over the whole chunks up to the first super-border, and the super-chunks up to the last one. */
  readonly atBorder: unknown;
  /** Over the whole chunks behind the last super-border. */
  readonly sinceBorder: unknown;
  readonly #partial: PartialPlan;
  /** Of what is held; -1: nothing is. */
  #version = -1;
  #run = 0;
  #chunk = 0;
  #toRun = 0;
  #toChunk = 0;
  /** Null: it is to be estimated anew. */
  #bytes: number | null = null;

  constructor(partial: PartialPlan) {
    this.#partial = partial;
    const { empty, unsaved = empty } = partial.aggregate;
    this.atBorder = unsaved();
    this.sinceBorder = unsaved();
  }

  forget(): void {
    this.#version = -1;
  }

  /**
   * Makes it the folds from chunk `chunk` of run `run` up to `to`.
   * @param k the partial's index
   * @param allTime whether it goes on from what was folded when it left the horizon; then it begins at the log's first chunk
   */
  reach(log: EventLog, k: number, allTime: boolean, run: number, chunk: number, to: Cursor): void {
    const { aggregate } = this.#partial;
    if (this.#version !== log.version || this.#run !== run || this.#chunk !== chunk || this.#toRun > to.run) {
      this.#version = log.version;
      this.#bytes = null;
      this.#run = this.#toRun = run;
      this.#chunk = chunk;
      aggregate.reset(this.atBorder);
      if (allTime && log.base !== null) aggregate.merge(this.atBorder, log.base.atBorder[k]);
      this.#restart(log, k, allTime);
    }
    if (this.#toRun < to.run) this.#passBorders(log, k, allTime, to.run);
    if (this.#toChunk > to.chunk) this.#restart(log, k, allTime);
    if (this.#toChunk < to.chunk) this.#fold(log, k, to.run, to.chunk);
  }

  /** Nothing behind the last super-border but, in the first run, what is folded of it for all time. */
  #restart(log: EventLog, k: number, allTime: boolean): void {
    const { aggregate } = this.#partial;
    this.#bytes = null;
    aggregate.reset(this.sinceBorder);
    const isFirst = this.#toRun === this.#run;
    if (isFirst && allTime && log.base !== null) aggregate.merge(this.sinceBorder, log.base.sinceBorder[k]);
    this.#toChunk = isFirst ? this.#chunk : 0;
  }

  #passBorders(log: EventLog, k: number, allTime: boolean, toRun: number): void {
    const { aggregate } = this.#partial;
    if (this.#toRun === this.#run) {
      this.#fold(log, k, this.#run, log.chunksOf(this.#run).length);
      aggregate.merge(this.atBorder, this.sinceBorder);
      this.#toRun++;
    }
    for (; this.#toRun < toRun; this.#toRun++) aggregate.merge(this.atBorder, log.superPart(k, this.#toRun));
    this.#restart(log, k, allTime);
  }

  #fold(log: EventLog, k: number, run: number, toChunk: number): void {
    const { aggregate } = this.#partial;
    const chunks = log.chunksOf(run);
    this.#bytes = null;
    for (; this.#toChunk < toChunk; this.#toChunk++) {
      aggregate.merge(this.sinceBorder, log.chunkPart(k, chunks[this.#toChunk]!));
    }
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    this.#bytes ??= this.#estimate();
    return this.#bytes;
  }

  #estimate(): number {
    const { bytes } = this.#partial.aggregate;
    return MIDDLE_BYTES + (bytes === undefined ? 2 * FOLD_BYTES : bytes(this.atBorder) + bytes(this.sinceBorder));
  }
}
