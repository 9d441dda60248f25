/**
 * What a log holds in memory of its closed chunks: how many bytes, what differs from the records, what lacks.
 * Goal: measuring, saving and letting go cost as much as what changed, whatever the length of the history. Method: everything that
 * changes a chunk tells it here. Invariants: `bytes` and `lacking` are those of the log; what is dirty is in the lists, and
 * is never let go of.
 */
import { assert } from '../error.js';
import { bytesOf, unsavedOf } from './aggregate.js';
import { Chunk, type SuperChunk } from './chunk.js';
import type { LogPlan } from './plan.js';
import type { Rows } from './rows.js';
import { beginOf, endOf, NO_SPANS, SUPER_LEVEL } from './spans.js';

/** Estimates, measured with Node 20. */
const HOLDINGS_BYTES = 120;
const CHUNK_BYTES = 220;
const SUPER_BYTES = 220;

/** Most logs have no closed chunks, and need no lists of them. */
const NONE: readonly never[] = [];

function pushed<T>(list: readonly T[], one: T): readonly T[] {
  if (list === NONE) return [one];
  (list as T[]).push(one);
  return list;
}

export class Holdings {
  /** Estimate of what the log's closed part takes. */
  bytes = HOLDINGS_BYTES;
  /** Chunks without rows, and super-chunks without chunks. */
  lacking = 0;
  /** Rows in dirty chunks. */
  dirtyRows = 0;
  /** Queries of these times, both included, find in memory what they need. */
  #readyFrom = Number.POSITIVE_INFINITY;
  #readyTo = Number.NEGATIVE_INFINITY;
  readonly #plan: LogPlan;
  #dirtyChunks: readonly Chunk[] = NONE;
  #dirtySupers: readonly SuperChunk[] = NONE;
  #goneChunks: readonly Chunk[] = NONE;
  #goneSupers: readonly SuperChunk[] = NONE;

  constructor(plan: LogPlan) {
    this.#plan = plan;
  }

  get dirtyChunks(): readonly Chunk[] {
    return this.#dirtyChunks.filter((chunk) => !chunk.gone);
  }
  get dirtySupers(): readonly SuperChunk[] {
    return this.#dirtySupers.filter((whole) => !whole.gone);
  }
  /** Those whose records are to be deleted. */
  get goneChunks(): readonly Chunk[] {
    return this.#goneChunks;
  }
  get goneSupers(): readonly SuperChunk[] {
    return this.#goneSupers;
  }

  isReady(t: number): boolean {
    return t >= this.#readyFrom && t <= this.#readyTo;
  }

  /** Until something changes. */
  ready(from: number, to: number): void {
    this.#readyFrom = from;
    this.#readyTo = to;
  }

  /** A closed chunk that is new, or has other rows than before. */
  changed(chunk: Chunk, rows: Rows): void {
    if (!chunk.dirty) this.#dirtyChunks = pushed(this.#dirtyChunks, chunk);
    else this.dirtyRows -= chunk.size;
    chunk.dirty = true;
    chunk.parts = [];
    chunk.spans = NO_SPANS;
    chunk.size = rows.end;
    chunk.firstTime = rows.data[0]!;
    this.dirtyRows += chunk.size;
    this.#count(chunk, CHUNK_BYTES + rows.bytes());
  }

  /** A super-chunk that is new, or one of whose chunks changed. */
  superChanged(whole: SuperChunk, chunks: readonly Chunk[]): void {
    if (!whole.dirty) this.#dirtySupers = pushed(this.#dirtySupers, whole);
    whole.dirty = true;
    whole.parts = [];
    whole.spans = NO_SPANS;
    whole.firstTime = chunks[0]!.firstTime;
    this.#count(whole, SUPER_BYTES);
  }

  /**
   * One of a list changed, or what lay before it went: then so did the spans above it that hold it. What was cut off keeps the spans that
   * it ends.
   */
  spansChanged(list: readonly (Chunk | SuperChunk)[], changed: number): void {
    if (list.length === 0) return;
    for (let above = 0, at = changed; ; above++) {
      at = endOf(list, at, list[changed]!.lowest + above + 1);
      const one = list[at];
      if (one === undefined) return;
      const parts = one.spans[above];
      if (parts === undefined || parts.length === 0) continue;
      this.#count(one, one.bytes - this.#partsBytes(parts));
      parts.length = 0;
    }
  }

  /** The partial of a whole chunk; made where it is not there. */
  chunkPart(k: number, chunk: Chunk): unknown {
    return chunk.parts[k] ?? this.#makePart(k, chunk);
  }

  #makePart(k: number, chunk: Chunk): unknown {
    assert(chunk.rows !== null, 'a chunk without rows has its partials');
    const { aggregate, column } = this.#plan.partials[k]!;
    const part = aggregate.empty();
    aggregate.add(part, chunk.rows, column, 0, chunk.rows.end);
    chunk.parts[k] = part;
    this.#count(chunk, chunk.bytes + this.#partBytes(k, part));
    return part;
  }

  #makeSuperPart(k: number, whole: SuperChunk): unknown {
    assert(whole.chunks !== null, 'a super-chunk without chunks has its partials');
    const part = this.#merged(k, whole.chunks, 0, whole.chunks.length, SUPER_LEVEL - 1);
    whole.parts[k] = part;
    this.#count(whole, whole.bytes + this.#partBytes(k, part));
    return part;
  }

  /** The partial of the span of a level that ends with an item of a list; made where it is not there. */
  span(k: number, list: readonly (Chunk | SuperChunk)[], end: number, level: number): unknown {
    const one = list[end]!;
    if (level === one.lowest) {
      return one instanceof Chunk ? this.chunkPart(k, one) : (one.parts[k] ?? this.#makeSuperPart(k, one));
    }
    const above = level - one.lowest - 1;
    const kept = one.spans[above]?.[k];
    if (kept !== undefined) return kept;
    const part = this.#merged(k, list, beginOf(list, end, level), end + 1, level - 1);
    if (one.spans === NO_SPANS) one.spans = [];
    (one.spans as unknown[][])[above] ??= [];
    one.spans[above]![k] = part;
    this.#count(one, one.bytes + this.#partBytes(k, part));
    return part;
  }

  /** The left fold of the spans of a level, from `from` up to `to`. */
  #merged(k: number, list: readonly (Chunk | SuperChunk)[], from: number, to: number, level: number): unknown {
    const { aggregate } = this.#plan.partials[k]!;
    const part = unsavedOf(aggregate);
    for (let at = from; at < to; at++) {
      at = endOf(list, at, level);
      aggregate.merge(part, this.span(k, list, at, level));
    }
    return part;
  }

  /** Every partial of a chunk, made where it is not there. */
  partsOf(chunk: Chunk): readonly unknown[] {
    for (let k = 0; k < this.#plan.partials.length; k++) this.chunkPart(k, chunk);
    return chunk.parts;
  }

  /** The chunk left the log. */
  drop(chunk: Chunk): void {
    chunk.gone = true;
    if (chunk.rows === null) this.lacking--;
    if (chunk.dirty) this.dirtyRows -= chunk.size;
    if (chunk.stored) this.#goneChunks = pushed(this.#goneChunks, chunk);
    this.#count(chunk, 0);
  }

  dropSuper(whole: SuperChunk): void {
    whole.gone = true;
    if (whole.stored) this.#goneSupers = pushed(this.#goneSupers, whole);
    this.#count(whole, 0);
  }

  /** A chunk as its record in a directory tells it: stored, without rows, with all partials. */
  restored(chunk: Chunk): void {
    chunk.stored = true;
    this.lacking++;
    this.#count(chunk, CHUNK_BYTES + this.#partsBytes(chunk.parts));
  }

  restoredSuper(whole: SuperChunk): void {
    whole.stored = true;
    this.lacking++;
    this.#count(whole, SUPER_BYTES);
  }

  giveRows(chunk: Chunk, rows: Rows): void {
    chunk.rows = rows;
    this.lacking--;
    this.#count(chunk, chunk.bytes + rows.bytes());
  }

  giveChunks(whole: SuperChunk, chunks: Chunk[]): void {
    whole.chunks = chunks;
    this.lacking--;
    for (const chunk of chunks) this.restored(chunk);
  }

  /** Lets go of the rows of chunks that are stored as they are; those that were needed since the last time stay, unless `all`. */
  letGoRows(chunks: readonly Chunk[], all: boolean): void {
    for (const chunk of chunks) {
      const stays = chunk.used && !all;
      chunk.used = false;
      if (!stays) this.#letGo(chunk);
    }
  }

  #letGo(chunk: Chunk): void {
    if (chunk.dirty || chunk.rows === null) return;
    this.partsOf(chunk);
    const { rows } = chunk;
    chunk.rows = null;
    this.lacking++;
    this.#count(chunk, chunk.bytes - rows.bytes());
  }

  /** The same for those of a super-chunk; if `all`, of the chunks too, if it can. */
  letGoSuper(whole: SuperChunk, all: boolean): void {
    if (whole.chunks === null) return;
    this.letGoRows(whole.chunks, all);
    if (!all || whole.dirty || whole.chunks.some((chunk) => chunk.rows !== null)) return;
    for (let k = 0; k < this.#plan.partials.length; k++)
      if (whole.parts[k] === undefined) this.#makeSuperPart(k, whole);
    for (const chunk of whole.chunks) {
      this.lacking--;
      this.#count(chunk, 0);
    }
    whole.chunks = null;
    this.lacking++;
  }

  /** Everything is stored as it is. */
  clean(): void {
    for (const list of [this.#dirtyChunks, this.#dirtySupers]) {
      for (const one of list) {
        one.dirty = false;
        one.stored = true;
      }
    }
    this.#dirtyChunks = NONE;
    this.#dirtySupers = NONE;
    this.#goneChunks = NONE;
    this.#goneSupers = NONE;
    this.dirtyRows = 0;
  }

  #count(one: Chunk | SuperChunk, bytes: number): void {
    this.bytes += bytes - one.bytes;
    one.bytes = bytes;
    // Whatever changes what it holds comes by here.
    this.#readyTo = Number.NEGATIVE_INFINITY;
  }

  #partBytes(k: number, part: unknown): number {
    return bytesOf(this.#plan.partials[k]!.aggregate, part);
  }

  #partsBytes(parts: readonly unknown[]): number {
    let bytes = 0;
    for (let k = 0; k < parts.length; k++) if (parts[k] !== undefined) bytes += this.#partBytes(k, parts[k]);
    return bytes;
  }
}
