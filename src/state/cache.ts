/**
 * Decoded entities, the least recently used dropped first.
 * Goal: a bound in bytes. Method: a map in order of use; an entity is measured again after it was handed out. Invariant: what
 * has changed since the last `saved` is pinned: only a checkpoint can let it go, so the bound gives way to dirty entities.
 */
import type { Entity } from '../aggregate/index.js';
import { entityKey } from './entity-key.js';
import type { StateWrite } from './store.js';

interface Held {
  readonly entity: Entity;
  bytes: number;
  dirtyBytes: number;
}

/** Estimate of what an entry takes beside its entity and the characters of its key. */
const ENTRY_BYTES = 200;

export class EntityCache {
  readonly #bytesMax: number;
  /** Oldest use first. */
  readonly #held = new Map<string, Held>();
  /** Handed out since they were last measured. */
  readonly #touched = new Set<string>();
  #bytes = 0;
  #dirtyBytes = 0;

  constructor(bytesMax: number) {
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

  /** Drops what was not used for longest and is not dirty, down to the bound. Not while a batch uses entities. */
  trim(): void {
    this.#measure();
    if (this.#bytes <= this.#bytesMax) return;
    for (const [key, held] of this.#held) {
      if (held.entity.isDirty) continue;
      this.#held.delete(key);
      this.#bytes -= held.bytes;
      if (this.#bytes <= this.#bytesMax) return;
    }
  }

  /** The records that changed, keys without the task's prefix. */
  changes(): StateWrite[] {
    const writes: StateWrite[] = [];
    for (const [key, { entity }] of this.#held) {
      if (!entity.isDirty) continue;
      const head = entityKey(key);
      for (const { suffix, value } of entity.dirty()) writes.push({ key: Buffer.concat([head, suffix]), value });
    }
    return writes;
  }

  /** What `changes` gave is stored; nothing was applied in between. */
  saved(): void {
    for (const [key, { entity }] of this.#held) {
      if (!entity.isDirty) continue;
      entity.clean();
      this.#touched.add(key);
    }
    this.trim();
  }

  #measure(): void {
    for (const key of this.#touched) {
      const held = this.#held.get(key)!;
      const bytes = ENTRY_BYTES + 2 * key.length + held.entity.bytes();
      const dirtyBytes = held.entity.dirtyBytes();
      this.#bytes += bytes - held.bytes;
      this.#dirtyBytes += dirtyBytes - held.dirtyBytes;
      held.bytes = bytes;
      held.dirtyBytes = dirtyBytes;
    }
    this.#touched.clear();
  }
}
