/**
 * Decoded entities, those dropped first that were not used for long.
 * Goal: a bound in bytes, whatever the number and the size of keys. Method: second chance (Corbató's clock): entries lie in the order
 * in which they came, and one that was used since it was last looked at goes behind the others instead of being dropped; so a
 * hit is one look-up. An entity is measured again after it was handed out. Over the bound, what is stored as it is goes: whole
 * entities, of those that stay the rows that were not needed since they were last looked at, of dirty ones all clean chunks.
 * Invariant: what has changed since the last `saved` stays; `pinnedBytes` tells its task when only a checkpoint helps.
 */
import type { Entity } from '../aggregate/index.js';
import { stateKey } from './entity-key.js';
import type { StateWrite } from './store.js';

interface Held {
  readonly key: string;
  readonly entity: Entity;
  bytes: number;
  dirtyBytes: number;
  /** Since it was last looked at by `trim`. */
  used: boolean;
  /** Whether it is to be measured. */
  touched: boolean;
  dirty: boolean;
}

/** Estimate of what an entry takes beside its entity and the characters of its key: two maps, a record, the key's string. */
const ENTRY_BYTES = 180;
/** An entity that takes more than this share of the bound lets go of its chunks before others are dropped for it. */
const LARGE_SHARE = 1 / 16;
/** Trimming goes a little below the bound, so that it is not gone through with every batch. */
const TRIM_TO = 0.95;

/** From this share of the bound on, what was saved lets go of rows that were not needed since the save before. */
const TIGHT_FROM = 0.5;

/** A trim looks at an entry twice at most: it is used or dirty, then it is not, or stays. */
const LOOKS_MAX = 2;

export class EntityCache {
  readonly #bytesMax: () => number;
  readonly #held = new Map<string, Held>();
  /** Handed out since they were last measured. */
  #touched: Held[] = [];
  readonly #dirty = new Set<Held>();
  readonly #large = new Set<Held>();
  #bytes = 0;
  #dirtyBytes = 0;
  #pinnedBytes = 0;

  /** @param bytesMax the bound as it is now: tasks come and go, and share one setting */
  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax;
  }

  /** Estimate of what all of them took when they were last measured. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Estimate of what the next checkpoint writes, as last measured. */
  get dirtyBytes(): number {
    return this.#dirtyBytes;
  }

  /** Estimate of what the entities take that have changed, as last measured. */
  get pinnedBytes(): number {
    return this.#pinnedBytes;
  }

  get size(): number {
    return this.#held.size;
  }

  put(key: string, entity: Entity): void {
    const held = { key, entity, bytes: 0, dirtyBytes: 0, used: false, touched: true, dirty: false };
    this.#held.set(key, held);
    this.#touched.push(held);
  }

  /** The entity, which the caller may change until `measure` or what measures; undefined where it is not held. */
  get(key: string): Entity | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    held.used = true;
    this.#touch(held);
    return held.entity;
  }

  /** Goes down to the bound, as far as what is dirty allows. Not while a batch uses entities. */
  trim(): void {
    this.measure();
    const bytesMax = this.#bytesMax();
    if (this.#bytes <= bytesMax) return;
    const target = bytesMax * TRIM_TO;
    for (const held of this.#large) this.#letGo(held, false);
    let looks = LOOKS_MAX * this.#held.size;
    for (const [key, held] of this.#held) {
      if (this.#bytes <= target || looks-- === 0) return;
      this.#held.delete(key);
      if (held.used || held.dirty) {
        this.#letGo(held, !held.used);
        held.used = false;
        this.#held.set(key, held);
      } else {
        this.#large.delete(held);
        this.#bytes -= held.bytes;
      }
    }
  }

  #letGo(held: Held, all: boolean): void {
    held.entity.letGo(all);
    this.#touch(held);
    this.measure();
  }

  /** The records that changed. @param prefix of the task's keys */
  changes(prefix: Buffer): StateWrite[] {
    this.measure();
    const writes: StateWrite[] = [];
    for (const { key, entity } of this.#dirty) {
      for (const { suffix, value } of entity.dirty()) writes.push({ key: stateKey(prefix, key, suffix), value });
    }
    return writes;
  }

  /** What `changes` gave is stored; nothing was applied in between. */
  saved(): void {
    const isTight = this.#bytes > this.#bytesMax() * TIGHT_FROM;
    for (const held of this.#dirty) {
      const { entity } = held;
      const isSame = !entity.clean() && !entity.isClosed;
      if (isSame) this.#cleaned(held);
      else {
        if (isTight) entity.letGo(false);
        this.#touch(held);
      }
    }
    this.trim();
  }

  /** What measuring would find of one that is stored, and otherwise as it was: most of them are. */
  #cleaned(held: Held): void {
    this.#dirtyBytes -= held.dirtyBytes;
    this.#pinnedBytes -= held.bytes;
    held.dirtyBytes = 0;
    held.dirty = false;
    this.#dirty.delete(held);
  }

  #touch(held: Held): void {
    if (held.touched) return;
    held.touched = true;
    this.#touched.push(held);
  }

  /**
   * Measures what was handed out, which is no longer changed. Never done by asking for figures: that happens at any time, also while
   * a batch waits for the store and will change what it holds only afterwards.
   */
  measure(): void {
    if (this.#touched.length === 0) return;
    const large = this.#bytesMax() * LARGE_SHARE;
    for (const held of this.#touched) {
      const { key, entity } = held;
      held.touched = false;
      if (held.dirty) this.#pinnedBytes -= held.bytes;
      const bytes = ENTRY_BYTES + 2 * key.length + entity.bytes();
      const dirtyBytes = entity.dirtyBytes();
      this.#bytes += bytes - held.bytes;
      this.#dirtyBytes += dirtyBytes - held.dirtyBytes;
      held.bytes = bytes;
      held.dirtyBytes = dirtyBytes;
      if (entity.isDirty !== held.dirty) {
        held.dirty = entity.isDirty;
        if (held.dirty) this.#dirty.add(held);
        else this.#dirty.delete(held);
      }
      if (held.dirty) this.#pinnedBytes += bytes;
      if (bytes > large) this.#large.add(held);
      else if (this.#large.size > 0) this.#large.delete(held);
    }
    this.#touched = [];
  }
}
