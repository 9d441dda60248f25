/**
 * One event's canonical log of one entity.
 * Goal: rows in (time, id bytes) order, cut into chunks by their content, whatever order they came in. Method: closed super-chunks,
 * then the open run of closed chunks behind the last of them, then the tail. Whole chunks, and spans of them, keep their partials.
 * Invariants: a chunk's last row is a border and none of its others is; what lies before `passed` is dropped or folded; what a call
 * needs of the store was brought before it (see `wants.ts`).
 */
import { assert } from '../error.js';
import type { Scalar } from '../topology/definition.js';
import { Chunk, SuperChunk } from './chunk.js';
import { FoldBase } from './fold-base.js';
import { Holdings } from './holdings.js';
import { Middle } from './middle.js';
import { isBehind, type Place } from './place.js';
import type { LogPlan } from './plan.js';
import { Rows } from './rows.js';
import { SUPER_LEVEL } from './spans.js';
import { TailFold } from './tail-fold.js';

export type Inserted = 'inserted' | 'repeated' | 'conflict' | 'beyondHorizon';

/** Estimate, measured with Node 20. */
const LOG_BYTES = 160;
/** Below it, folding anew costs less than what is kept. */
const KEPT_CHUNKS_MIN = 4;
/** For all logs without them; never written to. */
const NONE: never[] = [];

export class EventLog {
  readonly plan: LogPlan;
  supers: SuperChunk[] = NONE;
  /** Closed chunks behind the last super-chunk. */
  open: Chunk[] = NONE;
  tail: Rows;
  /** The last event that was dropped or folded. */
  passed: Place | null = null;
  base: FoldBase | null = null;
  /** Raised when what is folded of closed chunks may be other than before; new ones at the end change nothing. */
  version = 0;
  #holdings: Holdings | null = null;
  /** By fold: what is kept from query to query. */
  #middles: Middle[] = NONE;
  /** Not counted: it goes with every checkpoint. */
  #tailFold: TailFold | null = null;

  constructor(plan: LogPlan) {
    this.plan = plan;
    this.tail = new Rows(plan.columns);
  }

  /** Of the closed part; most logs have none. */
  get holdings(): Holdings {
    this.#holdings ??= new Holdings(this.plan);
    return this.#holdings;
  }

  /** Whether it has, or had, a closed part. */
  get isClosed(): boolean {
    return this.#holdings !== null;
  }

  /** Whether a part of it is in the store only. */
  get lacks(): boolean {
    return this.#holdings !== null && this.#holdings.lacking > 0;
  }

  get isEmpty(): boolean {
    return this.tail.end === 0 && this.open.length === 0 && this.supers.length === 0 && this.base === null;
  }

  insert(time: number, id: string, values: readonly Scalar[]): Inserted {
    const { passed, supers, open } = this;
    if (passed !== null && !isBehind(passed, time, id)) return this.#insertPassed(time, id, values, passed);
    if (open.length > 0 ? isBehind(open[open.length - 1]!, time, id) : lastIsBehind(supers, time, id)) {
      return this.#insertInTail(time, id, values);
    }
    const s = firstNotBehind(supers, time, id);
    return this.#insertInChunk(s, firstNotBehind(this.chunksOf(s), time, id), time, id, values);
  }

  #insertPassed(time: number, id: string, values: readonly Scalar[], passed: Place): Inserted {
    if (time === passed.time && id === passed.id) return 'repeated';
    if (this.base !== null) {
      this.plan.scored.set(0, time, id, values);
      this.base.foldLate(this.plan.scored);
      this.version++;
    }
    return 'beyondHorizon';
  }

  #insertInTail(time: number, id: string, values: readonly Scalar[]): Inserted {
    const { tail } = this;
    const at = tail.find(time, id);
    if (at < tail.end && tail.data[at] === time && tail.id(at) === id) return this.#repeated(tail, at, values);
    tail.insert(at, time, id, values);
    const border = this.plan.borderOf(id, time);
    if (border === 0) {
      this.#tailFold?.inserted(at);
      return 'inserted';
    }
    this.#tailFold?.restart();
    const whole = at + 1 === tail.end;
    const rows = whole ? tail : tail.splitOff(at + 1);
    if (whole) this.tail = new Rows(this.plan.columns);
    rows.resize(rows.end);
    const chunk = this.#newChunk({ time, id }, border, rows);
    if (this.open === NONE) this.open = [chunk];
    else this.open.push(chunk);
    if (border >= SUPER_LEVEL) this.#closeSuper(this.open.length);
    return 'inserted';
  }

  #repeated(rows: Rows, at: number, values: readonly Scalar[]): Inserted {
    return this.plan.columns.equal(rows, at, values) ? 'repeated' : 'conflict';
  }

  #insertInChunk(s: number, c: number, time: number, id: string, values: readonly Scalar[]): Inserted {
    const chunks = this.chunksOf(s);
    const chunk = chunks[c]!;
    const rows = rowsOf(chunk);
    const at = rows.find(time, id);
    if (rows.data[at] === time && rows.id(at) === id) return this.#repeated(rows, at, values);
    rows.insert(at, time, id, values);
    this.version++;
    const border = this.plan.borderOf(id, time);
    if (border !== 0) {
      chunks.splice(c, 0, this.#newChunk({ time, id }, border, rows.splitOff(at + 1)));
    }
    this.holdings.changed(chunk, rows);
    // A new chunk before it ends no span yet.
    this.holdings.spansChanged(chunks, border === 0 ? c : c + 1);
    const whole = this.supers[s];
    if (whole !== undefined) {
      this.holdings.superChanged(whole, chunks);
      this.holdings.spansChanged(this.supers, s);
    }
    if (border >= SUPER_LEVEL) this.#splitSuper(s, c + 1);
    return 'inserted';
  }

  #newChunk(place: Place, border: number, rows: Rows): Chunk {
    const chunk = new Chunk(place, border, rows);
    this.holdings.changed(chunk, rows);
    return chunk;
  }

  /** The first `count` chunks of the open run become a super-chunk. */
  #closeSuper(count: number): void {
    const chunks = this.open;
    this.open = chunks.splice(count);
    const closed = superOf(chunks);
    if (this.supers === NONE) this.supers = [closed];
    else this.supers.push(closed);
    this.holdings.superChanged(closed, chunks);
  }

  /** The first `count` chunks of run `s` become a super-chunk of their own. */
  #splitSuper(s: number, count: number): void {
    const rest = this.supers[s];
    if (rest === undefined) {
      this.#closeSuper(count);
      return;
    }
    const left = this.chunksOf(s);
    const chunks = left.splice(0, count);
    const first = superOf(chunks);
    this.supers.splice(s, 0, first);
    this.holdings.superChanged(first, chunks);
    this.holdings.superChanged(rest, left);
  }

  /** The chunks of a super-chunk; behind the last one, those of the open run. */
  chunksOf(s: number): Chunk[] {
    const whole = this.supers[s];
    if (whole === undefined) return this.open;
    assert(whole.chunks !== null, 'the chunks of a super-chunk were brought before they are used');
    return whole.chunks;
  }

  /** What a fold keeps from query to query; where there is little to fold, one that all logs use in turn. */
  middle(fold: number): Middle {
    const { partial, middle: shared } = this.plan.folds[fold]!;
    if (this.supers.length === 0 && this.open.length < KEPT_CHUNKS_MIN) {
      shared.forget();
      return shared;
    }
    if (this.#middles === NONE) this.#middles = [];
    this.#middles[fold] ??= new Middle(this.plan.partials[partial]!);
    return this.#middles[fold];
  }

  /** Everything is stored as it is. */
  clean(): void {
    this.#holdings?.clean();
    this.#tailFold = null;
  }

  /** Lets go of what is stored as it is: of rows that were not needed since the last time or, where `all`, of everything. */
  letGo(all: boolean): void {
    if (this.#holdings === null) return;
    for (const whole of this.supers) this.#holdings.letGoSuper(whole, all);
    this.#holdings.letGoRows(this.open, all);
    if (all) this.#middles = NONE;
  }

  /** The tail's rows before `to`, folded. */
  tailPart(k: number, to: number): unknown {
    this.#tailFold ??= new TailFold();
    return this.#tailFold.before(to, k, this.plan.partials[k]!, this.tail);
  }

  /**
   * Drops, or folds for all time, the closed chunks whose last event is before `before`. Where nothing is kept for all time
   * the tail goes too, once no window can reach it. @returns how many events
   */
  evict(before: number): number {
    const { supers, plan } = this;
    if (!(this.#firstTime() < before)) return 0;
    let events = 0;
    while (supers.length > 0 && supers[0]!.firstTime < before) {
      const first = supers[0]!;
      const chunks = this.chunksOf(0);
      const evicted = this.#evictChunks(chunks, before);
      events += evicted;
      if (chunks.length > 0) {
        if (evicted > 0) this.holdings.superChanged(first, chunks);
        break;
      }
      supers.shift();
      this.holdings.dropSuper(first);
    }
    if (events > 0) this.holdings.spansChanged(supers, 0);
    if (supers.length === 0) events += this.#evictChunks(this.open, before);
    const { tail } = this;
    const last = tail.end - 1;
    if (!plan.allTime && supers.length === 0 && this.open.length === 0 && last >= 0 && tail.data[last]! < before) {
      events += tail.end;
      this.passed = { time: tail.data[last]!, id: tail.id(last) };
      this.tail = new Rows(plan.columns);
      this.#tailFold?.restart();
    }
    // An empty log without a base is like a new one: its key can go.
    if (this.isEmpty) this.passed = null;
    return events;
  }

  #evictChunks(chunks: Chunk[], before: number): number {
    let events = 0;
    let count = 0;
    for (; count < chunks.length && chunks[count]!.time < before; count++) {
      const chunk = chunks[count]!;
      if (this.plan.allTime) this.#fold(chunk);
      events += chunk.size;
      this.passed = { time: chunk.time, id: chunk.id };
      this.holdings.drop(chunk);
    }
    if (count === 0) return 0;
    chunks.splice(0, count);
    this.holdings.spansChanged(chunks, 0);
    this.version++;
    return events;
  }

  #fold(chunk: Chunk): void {
    this.base ??= new FoldBase(this.plan.partials);
    const { partials } = this.plan;
    for (let k = 0; k < partials.length; k++) if (partials[k]!.allTime) this.holdings.chunkPart(k, chunk);
    this.base.fold(chunk.parts, chunk.level);
  }

  /** Whether `evict(before)` leaves nothing. */
  isPast(before: number): boolean {
    const { tail, open, supers, plan } = this;
    if (plan.allTime) return this.isEmpty;
    const last = tail.end > 0 ? tail.data[tail.end - 1] : (open.at(-1) ?? supers.at(-1))?.time;
    return last === undefined || last < before;
  }

  /** Time of the last closed chunk's border; -Infinity where there is none. */
  get lastBorderTime(): number {
    const { open, supers } = this;
    if (open.length > 0) return open[open.length - 1]!.time;
    return supers.length > 0 ? supers[supers.length - 1]!.time : Number.NEGATIVE_INFINITY;
  }

  /** NaN where there is no event. */
  #firstTime(): number {
    if (this.supers.length > 0) return this.supers[0]!.firstTime;
    if (this.open.length > 0) return this.open[0]!.firstTime;
    return this.tail.end > 0 ? this.tail.data[0]! : Number.NaN;
  }

  /** Estimate of what it takes in memory. */
  bytes(): number {
    let bytes = LOG_BYTES + (this.#holdings?.bytes ?? 0) + this.tail.bytes() + (this.base?.bytes() ?? 0);
    for (const middle of this.#middles) bytes += middle?.bytes() ?? 0;
    return bytes;
  }
}

export function rowsOf(chunk: Chunk): Rows {
  assert(chunk.rows !== null, 'the rows of a chunk were brought before they are used');
  chunk.used = true;
  return chunk.rows;
}

const superOf = (chunks: Chunk[]) => {
  const last = chunks[chunks.length - 1]!;
  return new SuperChunk(last, last.level, chunks);
};

const lastIsBehind = (list: readonly Place[], time: number, id: string) =>
  list.length === 0 || isBehind(list[list.length - 1]!, time, id);

/** The first whose border is not before (time, id); the length of the list where there is none. */
export function firstNotBehind(list: readonly Place[], time: number, id: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(list[middle]!, time, id)) low = middle + 1;
    else high = middle;
  }
  return low;
}
