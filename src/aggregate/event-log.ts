/**
 * One event's canonical log of one entity.
 * Goal: rows in (time, id bytes) order, cut into chunks by their content, whatever order they came in. Method: rows in columns,
 * a directory of closed chunks; behind the last of them lies the tail. Whole chunks and super-chunks keep their partials.
 * Invariants: a chunk's last row is a border and none of its others is; what lies before `passed` is dropped or folded.
 */
import type { Scalar } from '../topology/definition.js';
import { Chunk } from './chunk.js';
import { FoldBase } from './fold-base.js';
import type { GroupPlan, LogPlan } from './plan.js';
import { Rows } from './rows.js';
import { compareUtf8 } from './utf8.js';

export type Inserted = 'inserted' | 'repeated' | 'conflict' | 'beyondHorizon';

/** An event's place in the canonical order. */
export interface Place {
  readonly time: number;
  readonly id: string;
}

/** Estimates for the cache. */
const LOG_BYTES = 400;
const CHUNK_BYTES = 160;
const PART_BYTES = 2 * 64;
const BORDER_BYTES = 32;

export class EventLog {
  readonly plan: LogPlan;
  readonly group: GroupPlan;
  readonly rows: Rows;
  readonly chunks: Chunk[] = [];
  /** The last event that was dropped or folded. */
  passed: Place | null = null;
  base: FoldBase | null = null;
  /** Borders of chunks that are gone, whose records are still there. */
  readonly gone: Place[] = [];
  /** The tail's rows before `tailAt[k]`, folded, by partial. */
  #tailParts: unknown[] = [];
  #tailAt: number[] = [];

  constructor(group: GroupPlan, plan: LogPlan) {
    this.group = group;
    this.plan = plan;
    this.rows = new Rows(plan.columns);
  }

  get isEmpty(): boolean {
    return this.rows.size === 0 && this.base === null;
  }

  get tailStart(): number {
    return this.chunks.length === 0 ? this.rows.start : this.chunks[this.chunks.length - 1]!.end;
  }

  insert(time: number, id: string, values: readonly Scalar[]): Inserted {
    const { rows, passed } = this;
    if (passed !== null && (time < passed.time || (time === passed.time && compareUtf8(id, passed.id) <= 0))) {
      return this.#insertPassed(time, id, values, passed);
    }
    const at = rows.find(time, id);
    if (at < rows.end && rows.data[at] === time && rows.ids[at] === id) {
      return this.plan.columns.equal(rows, at, values) ? 'repeated' : 'conflict';
    }
    const inTail = at >= this.tailStart;
    rows.insert(at, time, id, values);
    const border = this.group.borderOf(id, time);
    if (inTail) this.#insertedInTail(at, border);
    else this.#insertedInChunk(at, border);
    return 'inserted';
  }

  #insertPassed(time: number, id: string, values: readonly Scalar[], passed: Place): Inserted {
    if (time === passed.time && id === passed.id) return 'repeated';
    if (this.base !== null) {
      this.plan.scored.set(0, time, id, values);
      this.base.foldLate(this.plan.scored);
    }
    return 'beyondHorizon';
  }

  #insertedInTail(at: number, border: number): void {
    if (border === 0) {
      for (let k = 0; k < this.#tailAt.length; k++) if (this.#tailAt[k]! > at) this.#tailAt[k] = 0;
      return;
    }
    this.#tailAt.fill(0);
    this.chunks.push(new Chunk(at + 1, border === 2));
  }

  #insertedInChunk(at: number, border: number): void {
    const { chunks } = this;
    const c = this.chunkAt(at);
    for (let i = c; i < chunks.length; i++) chunks[i]!.end++;
    chunks[c]!.changed();
    // The super-chunk that it lies in is another one now; a super-border inside leaves it the rest.
    const whole = this.superFrom(c);
    if (whole >= 0) chunks[whole]!.superParts = [];
    if (border !== 0) chunks.splice(c, 0, new Chunk(at + 1, border === 2));
    for (let k = 0; k < this.#tailAt.length; k++) this.#tailAt[k] = 0;
  }

  /** The chunk that holds row `at`; the number of chunks where it lies in the tail. */
  chunkAt(at: number): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle]!.end <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  chunkStart(c: number): number {
    return c === 0 ? this.rows.start : this.chunks[c - 1]!.end;
  }

  /** The first chunk from `c` on that ends a super-chunk, or -1. */
  superFrom(c: number): number {
    for (let i = c; i < this.chunks.length; i++) if (this.chunks[i]!.isSuper) return i;
    return -1;
  }

  /** The partial of a whole chunk. */
  chunkPart(k: number, c: number): unknown {
    const chunk = this.chunks[c]!;
    const held = chunk.parts[k];
    if (held !== undefined) return held;
    const { aggregate, column } = this.plan.partials[k]!;
    const part = aggregate.empty();
    aggregate.add(part, this.rows, column, this.chunkStart(c), chunk.end);
    chunk.parts[k] = part;
    return part;
  }

  /** The partial of the whole super-chunk of the chunks `from` to `to`: `to` ends it, and the one before `from` ends another. */
  superPart(k: number, from: number, to: number): unknown {
    const chunk = this.chunks[to]!;
    const held = chunk.superParts[k];
    if (held !== undefined) return held;
    const { aggregate } = this.plan.partials[k]!;
    const part = aggregate.empty();
    for (let c = from; c <= to; c++) aggregate.merge(part, this.chunkPart(k, c));
    chunk.superParts[k] = part;
    return part;
  }

  /** The tail's rows before `to`. It grows by what is new, since a segment is folded event by event. */
  tailPart(k: number, to: number): unknown {
    const { aggregate, column } = this.plan.partials[k]!;
    this.#tailParts[k] ??= aggregate.empty();
    const part = this.#tailParts[k];
    let from = this.#tailAt[k] ?? 0;
    if (from <= this.tailStart || from > to) {
      aggregate.reset(part);
      from = this.tailStart;
    }
    aggregate.add(part, this.rows, column, from, to);
    this.#tailAt[k] = to;
    return part;
  }

  /**
   * Drops, or folds for all time, the closed chunks whose last event is before `before`. Where nothing is kept for all time
   * the tail goes too, once no window can reach it. @returns how many events
   */
  evict(before: number): number {
    const { rows, chunks, plan } = this;
    if (rows.size === 0 || rows.data[rows.start]! >= before) return 0;
    let dropped = 0;
    while (dropped < chunks.length && rows.data[chunks[dropped]!.end - 1]! < before) dropped++;
    const tailToo = !plan.allTime && dropped === chunks.length && rows.data[rows.end - 1]! < before;
    if (dropped === 0 && !tailToo) return 0;
    if (plan.allTime) for (let c = 0; c < dropped; c++) this.#fold(c);
    const to = tailToo ? rows.end : chunks[dropped - 1]!.end;
    for (const chunk of chunks.splice(0, dropped)) if (chunk.stored) this.gone.push(this.place(chunk.end - 1));
    this.passed = this.place(to - 1);
    const events = to - rows.start;
    this.#drop(to);
    // An empty log without a base is like a new one: its key can go.
    if (this.isEmpty) this.passed = null;
    return events;
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    const chunks = this.chunks.length * (CHUNK_BYTES + this.plan.partials.length * PART_BYTES);
    return LOG_BYTES + this.rows.bytes() + chunks + (this.base?.bytes() ?? 0);
  }

  /** Estimate of the records to be written: the header's part, and changed chunks. */
  dirtyBytes(): number {
    const { rows, chunks } = this;
    let dirtyRows = rows.end - this.tailStart;
    for (let c = 0; c < chunks.length; c++) if (chunks[c]!.dirty) dirtyRows += chunks[c]!.end - this.chunkStart(c);
    const header = chunks.length * BORDER_BYTES + (this.base?.bytes() ?? 0);
    return header + Math.ceil((rows.bytes() * dirtyRows) / Math.max(1, rows.end));
  }

  place(at: number): Place {
    return { time: this.rows.data[at]!, id: this.rows.ids[at]! };
  }

  #fold(c: number): void {
    this.base ??= new FoldBase(this.plan.partials);
    const { partials } = this.plan;
    for (let k = 0; k < partials.length; k++) if (partials[k]!.allTime) this.chunkPart(k, c);
    this.base.fold(this.chunks[c]!.parts, this.chunks[c]!.isSuper);
  }

  #drop(to: number): void {
    const fallen = this.rows.drop(to);
    if (fallen === 0) return;
    for (const chunk of this.chunks) chunk.end -= fallen;
    this.#tailAt.fill(0);
  }
}
