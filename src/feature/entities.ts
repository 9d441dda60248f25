/** The entities of one compute task: from the cache, else from the store, else new. */
import type { Entity, GroupPlan } from '../aggregate/index.js';
import { assert } from '../error.js';
import { EntityCache } from '../state/cache.js';
import { loadEntities } from '../state/load-entities.js';
import type { StateStore, StateWrite } from '../state/store.js';

export class Entities {
  readonly #plan: GroupPlan;
  readonly #store: StateStore;
  readonly #prefix: Buffer;
  readonly #cache: EntityCache;

  constructor(plan: GroupPlan, store: StateStore, prefix: Buffer, cacheBytesMax: number) {
    this.#plan = plan;
    this.#store = store;
    this.#prefix = prefix;
    this.#cache = new EntityCache(cacheBytesMax);
  }

  /** Brings the entities of a batch into memory, in one look-up; until the next call `get` has them all. */
  async ensure(keys: Iterable<string>): Promise<void> {
    this.#cache.trim();
    const missing = this.#cache.missing(keys);
    if (missing.length === 0) return;
    const loaded = await loadEntities(this.#store, this.#plan, this.#prefix, missing);
    for (const [key, entity] of loaded) this.#cache.put(key, entity);
  }

  get(key: string): Entity {
    const entity = this.#cache.get(key);
    assert(entity !== undefined, `entity ${key} was brought into memory with its batch`);
    return entity;
  }

  get dirtyBytes(): number {
    return this.#cache.dirtyBytes;
  }
  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  /** What a checkpoint writes, keys without the task's prefix. */
  changes(): StateWrite[] {
    return this.#cache.changes();
  }

  /** What `changes` gave is stored. */
  saved(): void {
    this.#cache.saved();
  }
}
