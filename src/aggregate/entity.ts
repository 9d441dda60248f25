/**
 * What a group remembers of one entity: a canonical log for each event that it reads.
 * Goal: a feature is a function of the set of the entity's events and the time. Invariants: adding a feature changes no other;
 * eviction, arrival order and restarts change no bits within the horizon.
 * Order of use, once a row: `evict(K)`, `query` where the row is scored, `insert`.
 */
import type { Scalar } from '../topology/definition.js';
import { chunkSuffix, HEADER_SUFFIX, headerSuffixes, readEntity, writeChunk, writeHeader } from './entity-format.js';
import { EventLog, type Inserted } from './event-log.js';
import type { GroupPlan } from './plan.js';
import { query } from './query.js';

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

/** Estimate of what an entity takes beside its logs. */
const ENTITY_BYTES = 200;

export class Entity {
  static readonly headerSuffix = HEADER_SUFFIX;
  readonly #plan: GroupPlan;
  readonly #logs: readonly EventLog[];
  #changed = false;
  /** Whether there is a header record. */
  #stored = false;

  constructor(plan: GroupPlan) {
    this.#plan = plan;
    this.#logs = plan.logs.map((log) => new EventLog(plan, log));
  }

  /** @param chunks gives the record of a suffix. Errors: `STATE_UNREADABLE` */
  static load(plan: GroupPlan, header: Buffer, chunks: (suffix: Buffer) => Buffer | undefined): Entity {
    const entity = new Entity(plan);
    readEntity(plan, entity.#logs, header, chunks);
    entity.#stored = true;
    return entity;
  }

  /** The suffixes of the records that `load` will ask for. Errors: `STATE_UNREADABLE` */
  static chunkSuffixes(plan: GroupPlan, header: Buffer): Buffer[] {
    return headerSuffixes(plan, header);
  }

  /**
   * Closed chunks whose last event is before K - horizon are dropped, or folded for features over all time.
   * @param known K, ms: the greatest known time so far, the next row included. @returns how many events
   */
  evict(known: number): number {
    const before = known - this.#plan.horizonMs;
    let events = 0;
    for (let i = 0; i < this.#logs.length; i++) events += this.#logs[i]!.evict(before);
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
    const log = this.#logs[event]!;
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
    for (let i = 0; i < this.#logs.length; i++) {
      const log = this.#logs[i]!;
      const own = scored !== null && scored.event === i;
      if (own) log.plan.scored.set(0, scored.time, scored.id, scored.values);
      query(log, t, own, out);
    }
  }

  /** Whether it is like a new one: its key needs no state. */
  get isEmpty(): boolean {
    return this.#logs.every((log) => log.isEmpty);
  }

  /** Whether `dirty` has something. */
  get isDirty(): boolean {
    return this.#changed;
  }

  /** Estimate of the memory that it takes, bytes. */
  bytes(): number {
    let bytes = ENTITY_BYTES;
    for (const log of this.#logs) bytes += log.bytes();
    return bytes;
  }

  /** Estimate of the records that `dirty` would give, bytes. */
  dirtyBytes(): number {
    let bytes = 0;
    if (this.#changed) for (const log of this.#logs) bytes += log.dirtyBytes();
    return bytes;
  }

  /** The records that changed since the last `clean`: the header, chunks that are gone, chunks that are new or other. */
  dirty(): EntityRecord[] {
    if (!this.#changed) return [];
    const records: EntityRecord[] = [];
    if (!this.isEmpty) records.push({ suffix: HEADER_SUFFIX, value: writeHeader(this.#logs) });
    else if (this.#stored) records.push({ suffix: HEADER_SUFFIX, value: null });
    for (const [event, log] of this.#logs.entries()) {
      for (const border of log.gone) records.push({ suffix: chunkSuffix(event, border), value: null });
      for (const [c, chunk] of log.chunks.entries()) {
        if (!chunk.dirty) continue;
        records.push({ suffix: chunkSuffix(event, log.place(chunk.end - 1)), value: writeChunk(log, c) });
      }
    }
    return records;
  }

  /** What `dirty` gave is stored. Nothing may have changed in between. */
  clean(): void {
    this.#changed = false;
    this.#stored = !this.isEmpty;
    for (const log of this.#logs) {
      log.gone.length = 0;
      for (const chunk of log.chunks) {
        chunk.dirty = false;
        chunk.stored = true;
      }
    }
  }
}
