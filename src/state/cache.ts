/**
 * Decoded entities, the least recently used dropped first.
 * Goal: a bound in bytes, whatever the number and the size of keys. Method: a map in order of use; an entity is measured again after
 * it was handed out. Over the bound, what is stored as it is goes: whole entities, and of dirty ones their clean chunks.
 * Invariant: what has changed since the last `saved` stays; `pinnedBytes` tells its task when only a checkpoint helps.
 */
import type { Entity } from '../aggregate/index.js';
import { stateKey } from './entity-key.js';
import type { StateWrite } from './store.js';

interface Held {
  readonly entity: Entity;
  bytes: number;
  dirtyBytes: number;
}

/** Estimate of what an entry takes beside its entity and the characters of its key: two maps, a record, the key's string. */
const ENTRY_BYTES = 180;
/** An entity that takes more than this share of the bound lets go of its chunks before others are dropped for it. */
const LARGE_SHARE = 1 / 16;
/** Trimming goes a little below the bound, so that it is not gone through with every batch. */
const TRIM_TO = 0.95;

export class EntityCache {
  readonly #bytesMax: () => number;
  /** Oldest use first. */
  readonly #held = new Map<string, Held>();
  /** Handed out since they were last measured. */
  readonly #touched = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #large = new Set<string>();
  #bytes = 0;
  #dirtyBytes = 0;
  #pinnedBytes = 0;

  /** @param bytesMax the bound as it is now: tasks come and go, and share one setting */
  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax;
  }

  /** Estimate of what all of them take. */
  get bytes(): number {
    this.#measure();
    return this.#bytes;
  }

  /** Estimate of what the next checkpoint writes. */
  get dirtyBytes(): number {
    this.#measure();
    return this.#dirtyBytes;
  }

  /** Estimate of what the entities take that have changed. */
  get pinnedBytes(): number {
    this.#measure();
    return this.#pinnedBytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Marks the keys that it holds as used now. @returns the others */
  missing(keys: Iterable<string>): string[] {
    const missing: string[] = [];
    for (const key of keys) {
      const held = this.#held.get(key);
      if (held === undefined) missing.push(key);
      else {
        this.#held.delete(key);
        this.#held.set(key, held);
      }
    }
    return missing;
  }

  put(key: string, entity: Entity): void {
    this.#held.set(key, { entity, bytes: 0, dirtyBytes: 0 });
    this.#touched.add(key);
  }

  /** The entity, which the caller may change until the next call of another method; undefined where it is not held. */
  get(key: string): Entity | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#touched.add(key);
    return held.entity;
  }

  /** Goes down to the bound, as far as what is dirty allows. Not while a batch uses entities. */
  trim(): void {
    this.#measure();
    const bytesMax = this.#bytesMax();
    if (this.#bytes <= bytesMax) return;
    const target = bytesMax * TRIM_TO;
    for (const key of this.#large) this.#letGo(key, this.#held.get(key)!);
    for (const [key, held] of this.#held) {
      if (this.#bytes <= target) return;
      if (held.entity.isDirty) this.#letGo(key, held);
      else {
        this.#held.delete(key);
        this.#large.delete(key);
        this.#bytes -= held.bytes;
      }
    }
  }

  #letGo(key: string, { entity }: Held): void {
    entity.letGo();
    this.#touched.add(key);
    this.#measure();
  }

  /** The records that changed. @param prefix of the task's keys */
  changes(prefix: Buffer): StateWrite[] {
    this.#measure();
    const writes: StateWrite[] = [];
    for (const key of this.#dirty) {
      for (const { suffix, value } of this.#held.get(key)!.entity.dirty()) {
        writes.push({ key: stateKey(prefix, key, suffix), value });
      }
    }
    return writes;
  }

  /** What `changes` gave is stored; nothing was applied in between. */
  saved(): void {
    for (const key of this.#dirty) {
      this.#held.get(key)!.entity.clean();
      this.#touched.add(key);
    }
    this.trim();
  }

  #measure(): void {
    for (const key of this.#touched) {
      const held = this.#held.get(key)!;
      const { entity } = held;
      if (held.dirtyBytes > 0) this.#pinnedBytes -= held.bytes;
      const bytes = ENTRY_BYTES + 2 * key.length + entity.bytes();
      const dirtyBytes = entity.dirtyBytes();
      this.#bytes += bytes - held.bytes;
      this.#dirtyBytes += dirtyBytes - held.dirtyBytes;
      held.bytes = bytes;
      held.dirtyBytes = dirtyBytes;
      if (entity.isDirty) {
        this.#dirty.add(key);
        this.#pinnedBytes += bytes;
      } else this.#dirty.delete(key);
      if (bytes > this.#bytesMax() * LARGE_SHARE) this.#large.add(key);
      else this.#large.delete(key);
    }
    this.#touched.clear();
  }
}
