/**
 * The whole chunks between the edges of a stretch, folded for one partial and kept from query to query.
 * Goal: a query costs a few merges, however long the history. Method: the fold grows with what is new at its end, span by span, and
 * begins anew once the stretch begins in another chunk: with one event in 64 or so. Invariant: what is kept is bit for bit what folding
 * anew gives; what changes a closed chunk raises `log.version`.
 */
import { bytesOf, unsavedOf } from './aggregate.js';
import type { Cursor } from './cursor.js';
import type { EventLog } from './event-log.js';
import type { PartialPlan } from './plan.js';
import { SpanFold } from './span-fold.js';
import { endOf, SUPER_LEVEL } from './spans.js';

/** Estimate, measured with Node 20. */
const MIDDLE_BYTES = 120;

export class Middle {
  /** The fold, as one partial. */
  readonly whole: unknown;
  readonly #fold: SpanFold;
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
    const { aggregate } = partial;
    this.#fold = new SpanFold(aggregate, () => unsavedOf(aggregate));
    this.whole = unsavedOf(aggregate);
  }

  forget(): void {
    this.#version = -1;
  }

  /**
   * Makes it the fold of the chunks from `chunk` of run `run` up to `to`.
   * @param k the partial's index
   * @param border the level of the border before the first; 0: there is none, and it goes on from what the horizon has passed
   */
  reach(log: EventLog, k: number, border: number, run: number, chunk: number, to: Cursor): void {
    const isBeyond = this.#toRun > to.run || (this.#toRun === to.run && this.#toChunk > to.chunk);
    const isHeld = this.#version === log.version && this.#run === run && this.#chunk === chunk && !isBeyond;
    if (!isHeld) this.#begin(log, k, border, run, chunk);
    const grown = this.#walk(log, k, to);
    if (isHeld && !grown) return;
    this.#bytes = null;
    this.#partial.aggregate.reset(this.whole);
    this.#fold.mergeInto(this.whole);
  }

  #begin(log: EventLog, k: number, border: number, run: number, chunk: number): void {
    this.#version = log.version;
    this.#run = this.#toRun = run;
    this.#chunk = this.#toChunk = chunk;
    const base = border === 0 ? log.base?.folds[k] : undefined;
    if (base === undefined) this.#fold.begin(Math.max(border, 1));
    else this.#fold.beginAt(base);
  }

  /** @returns whether there was anything to add */
  #walk(log: EventLog, k: number, to: Cursor): boolean {
    let grown = false;
    for (;;) {
      if (this.#toChunk > 0 && this.#toRun < to.run && this.#toChunk === log.chunksOf(this.#toRun).length) {
        this.#toRun++;
        this.#toChunk = 0;
      }
      if (this.#toRun === to.run && this.#toChunk === to.chunk) return grown;
      if (this.#toChunk > 0 || !this.#addSupers(log, k, to.run)) {
        const limit = this.#toRun === to.run ? to.chunk : log.chunksOf(this.#toRun).length;
        this.#addChunks(log, k, limit);
      }
      grown = true;
    }
  }

  /** The largest span of super-chunks that fits. @returns whether one does */
  #addSupers(log: EventLog, k: number, limit: number): boolean {
    const { supers } = log;
    for (let level = this.#fold.addable; level >= SUPER_LEVEL; level--) {
      const end = endOf(supers, this.#toRun, level, limit);
      if (end === limit) continue;
      this.#fold.add(log.holdings.span(k, supers, end, level), level, supers[end]!.level);
      this.#toRun = end + 1;
      return true;
    }
    return false;
  }

  #addChunks(log: EventLog, k: number, limit: number): void {
    const chunks = log.chunksOf(this.#toRun);
    for (let level = Math.min(this.#fold.addable, SUPER_LEVEL - 1); ; level--) {
      const end = endOf(chunks, this.#toChunk, level, limit);
      if (end === limit) continue;
      this.#fold.add(log.holdings.span(k, chunks, end, level), level, chunks[end]!.level);
      this.#toChunk = end + 1;
      return;
    }
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    this.#bytes ??= MIDDLE_BYTES + this.#fold.bytes() + bytesOf(this.#partial.aggregate, this.whole);
    return this.#bytes;
  }
}
