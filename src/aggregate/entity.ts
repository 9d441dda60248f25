/**
 * What a group remembers of one entity: a canonical log for each event that it reads.
 * Goal: a feature is a function of the set of the entity's events and the time. Invariants: adding a feature changes no other;
 * eviction, arrival order, restarts, and what is in memory change no bits within the horizon.
 * Order of use, once a row: `evict(K)`, `query` where the row is scored, `insert`; before it, once a batch, what `want` asks for.
 */
import type { Scalar } from '../topology/definition.js';
import { Chunk, type SuperChunk } from './chunk.js';
import { deriveFeatures } from './derived.js';
import {
  chunkSuffix,
  giveChunk,
  giveSuper,
  HEADER_SUFFIX,
  isHeaderPast,
  readHeader,
  superSuffix,
  writeChunk,
  writeHeader,
  writeSuper,
} from './entity-format.js';
import { EventLog, type Inserted } from './event-log.js';
import type { GroupPlan } from './plan.js';
import { query } from './query.js';
import { leave } from './sanitize.js';
import { type Lacking, wantForEvict, wantForInsert, wantForQuery } from './wants.js';

/** An event that asks: it belongs to windows that reach up to now. */
export interface Scored {
  /** Index into `plan.events`. */
  readonly event: number;
  readonly time: number;
  readonly id: string;
  /** By `plan.events[event].columns`; no NaN, nothing infinite (see `sanitize`). */
  readonly values: readonly Scalar[];
}

/** A record of an entity's state; null deletes it. */
export interface EntityRecord {
  readonly suffix: Buffer;
  readonly value: Buffer | null;
}

/** A record that is to be brought. */
export interface Want {
  readonly suffix: Buffer;
  /** Errors: `STATE_UNREADABLE`, `STATE_FORMAT` */
  give(record: Buffer): void;
}

/** What a row does: it is scored, or it is inserted as the event with that index, or both. */
export interface Coming {
  /** -1: none of the group's events. */
  readonly event: number;
  readonly time: number;
  readonly id: string;
  readonly scored: boolean;
}

/** Estimates of what an entity takes beside its logs, and of its header. */
const ENTITY_BYTES = 160;
const HEADER_BYTES = 24;
const PLACE_BYTES = 32;
/** Of a row beside its fields: its time as a difference, and its id. */
const ROW_BYTES = 16;

/** One for all: mostly nothing lacks. */
const lacking: Lacking = [];
const empties = new WeakMap<GroupPlan, EventLog[]>();

export class Entity {
  static readonly headerSuffix = HEADER_SUFFIX;
  readonly #plan: GroupPlan;
  readonly #logs: (EventLog | null)[];
  #changed = false;
  /** Whether there is a header record. */
  #stored = false;

  constructor(plan: GroupPlan, logs?: (EventLog | null)[]) {
    this.#plan = plan;
    this.#logs = logs ?? new Array(plan.logs.length).fill(null);
  }

  /**
   * Whether eviction of what lies before a time leaves nothing of a header's entity: what is over all time stays.
   * Errors: `STATE_UNREADABLE`, `STATE_FORMAT`
   */
  static isPast(plan: GroupPlan, header: Buffer, before: number): boolean {
    return isHeaderPast(plan, header, before);
  }

  /** Errors: `STATE_UNREADABLE`, `STATE_FORMAT` */
  static load(plan: GroupPlan, header: Buffer): Entity {
    const entity = new Entity(plan, readHeader(plan, header));
    entity.#stored = true;
    return entity;
  }

  /** Whether nothing of it is in the store only: then it wants nothing. */
  get isWhole(): boolean {
    for (let i = 0; i < this.#logs.length; i++) if (this.#logs[i]?.lacks === true) return false;
    return true;
  }

  /**
   * The records that it lacks for a row; those that lie in them are wanted in the next round, until there are none.
   * @param known K at the end of the batch
   * @param into what is wanted, by what lacks it: once, however many rows need it
   */
  want(row: Coming, known: number, into: Map<object, Want>): void {
    for (let event = 0; event < this.#logs.length; event++) {
      const log = this.#logs[event];
      if (log == null || !log.lacks) continue;
      lacking.length = 0;
      wantForEvict(log, known - this.#plan.horizonMs, lacking);
      if (row.scored) wantForQuery(log, row.time, lacking);
      if (row.event === event) wantForInsert(log, row.time, row.id, lacking);
      for (const one of lacking) if (!into.has(one)) into.set(one, wantOf(event, log, one));
    }
  }

  /** Lets go of what is stored as it is, but its header: of rows that were not needed since the last time or, where `all`, of everything. */
  letGo(all: boolean): void {
    for (let i = 0; i < this.#logs.length; i++) this.#logs[i]?.letGo(all);
  }

  /** Whether it has, or had, closed chunks: then writing it makes partials, and it can let go of something. */
  get isClosed(): boolean {
    for (let i = 0; i < this.#logs.length; i++) if (this.#logs[i]?.isClosed === true) return true;
    return false;
  }

  /**
   * Closed chunks whose last event is before K - horizon are dropped, or folded for features over all time.
   * @param known K, ms: the greatest known time so far, the next row included. @returns how many events
   */
  evict(known: number): number {
    const before = known - this.#plan.horizonMs;
    let events = 0;
    for (let i = 0; i < this.#logs.length; i++) events += this.#logs[i]?.evict(before) ?? 0;
    if (events > 0) this.#changed = true;
    return events;
  }

  /**
   * @param event index into `plan.events`
   * @param time ms, a safe integer
   * @param values by `plan.events[event].columns`
   * @returns `beyondHorizon`: older than what was dropped or folded; counted by features over all time alone
   */
  insert(event: number, time: number, id: string, values: readonly Scalar[]): Inserted {
    let log = this.#logs[event];
    if (log == null) {
      log = new EventLog(this.#plan.logs[event]!);
      this.#logs[event] = log;
    }
    const inserted = log.insert(time, id, values);
    if (inserted === 'inserted' || (inserted === 'beyondHorizon' && log.base !== null)) this.#changed = true;
    return inserted;
  }

  /**
   * The group's features at time t, from events before t (never of the same ms) and the scored event itself. It is right for
   * t >= K - lateness; what was folded is taken as older than t.
   * @param out filled from 0 to the number of features: floats (rounded), texts, null for missing
   */
  query(t: number, scored: Scored | null, out: Scalar[]): void {
    const { logs, derived, group } = this.#plan;
    for (let i = 0; i < logs.length; i++) {
      const log = this.#logs[i] ?? emptyLog(this.#plan, i);
      const own = scored !== null && scored.event === i;
      if (own) log.plan.scored.set(0, scored.time, scored.id, scored.values);
      query(log, t, own, out);
    }
    deriveFeatures(derived, out);
    for (let i = 0; i < group.features.length; i++) out[i] = leave(out[i]!);
  }

  /** Whether it is like a new one: its key needs no state. */
  get isEmpty(): boolean {
    return this.#logs.every((log) => log === null || log.isEmpty);
  }

  /** Whether `dirty` has something. */
  get isDirty(): boolean {
    return this.#changed;
  }

  /** Estimate of the memory that it takes, bytes. */
  bytes(): number {
    let bytes = ENTITY_BYTES;
    for (let i = 0; i < this.#logs.length; i++) bytes += this.#logs[i]?.bytes() ?? 0;
    return bytes;
  }

  /** Estimate of the records that `dirty` would give, bytes. */
  dirtyBytes(): number {
    if (!this.#changed) return 0;
    let bytes = HEADER_BYTES;
    for (let i = 0; i < this.#logs.length; i++) {
      const log = this.#logs[i];
      if (log == null) continue;
      const { columns, partials } = log.plan;
      const rows = log.tail.end + (log.isClosed ? log.holdings.dirtyRows : 0);
      bytes += rows * (columns.fields.length * 8 + ROW_BYTES) + log.supers.length * PLACE_BYTES;
      bytes += log.open.length * (PLACE_BYTES + partials.length * 8) + (log.base?.bytes() ?? 0);
    }
    return bytes;
  }

  /** The records that changed since the last `clean`: those that are gone, new, or other. */
  dirty(): EntityRecord[] {
    if (!this.#changed) return [];
    const header = this.isEmpty ? null : writeHeader(this.#logs);
    // Mostly there is nothing else, and a list of one element takes less than one that was pushed to.
    const records: EntityRecord[] = header === null && !this.#stored ? [] : [{ suffix: HEADER_SUFFIX, value: header }];
    for (let event = 0; event < this.#logs.length; event++) {
      const log = this.#logs[event];
      if (log == null || !log.isClosed) continue;
      const { goneChunks, goneSupers, dirtyChunks, dirtySupers } = log.holdings;
      for (const chunk of goneChunks) records.push({ suffix: chunkSuffix(event, chunk), value: null });
      for (const whole of goneSupers) records.push({ suffix: superSuffix(event, whole), value: null });
      for (const chunk of dirtyChunks)
        records.push({ suffix: chunkSuffix(event, chunk), value: writeChunk(log, chunk) });
      for (const whole of dirtySupers)
        records.push({ suffix: superSuffix(event, whole), value: writeSuper(log, whole) });
    }
    return records;
  }

  /** What `dirty` gave is stored. Nothing may have changed in between. @returns whether there is less of it in memory than before */
  clean(): boolean {
    this.#changed = false;
    this.#stored = !this.isEmpty;
    let isLess = false;
    for (let event = 0; event < this.#logs.length; event++) {
      const log = this.#logs[event];
      log?.clean();
      if (log?.isEmpty !== true) continue;
      this.#logs[event] = null;
      isLess = true;
    }
    return isLess;
  }
}

function wantOf(event: number, log: EventLog, lacking: Chunk | SuperChunk): Want {
  if (lacking instanceof Chunk) {
    const suffix = chunkSuffix(event, lacking);
    return { suffix, give: (record) => giveChunk(log, lacking, suffix, record) };
  }
  const suffix = superSuffix(event, lacking);
  return { suffix, give: (record) => giveSuper(log, lacking, suffix, record) };
}

/** What a query finds where an entity has no event of a kind. */
function emptyLog(plan: GroupPlan, event: number): EventLog {
  let logs = empties.get(plan);
  if (logs === undefined) {
    logs = plan.logs.map((log) => new EventLog(log));
    empties.set(plan, logs);
  }
  return logs[event]!;
}
