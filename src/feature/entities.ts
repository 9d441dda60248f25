/** The entities of one compute task: from the cache, else from the store, else new. */
import type { Coming, Entity, GroupPlan } from '../aggregate/index.js';
import { EntityCache } from '../state/cache.js';
import { bringRecords, type ComingTo, loadEntities } from '../state/load-entities.js';
import type { StateStore, StateWrite } from '../state/store.js';
import type { Scalar } from '../topology/definition.js';
import { Sweep } from './sweep.js';

export class Entities {
  readonly #plan: GroupPlan;
  readonly #store: StateStore;
  readonly #prefix: Buffer;
  readonly #cache: EntityCache;
  readonly #sweep: Sweep;

  constructor(plan: GroupPlan, store: StateStore, prefix: Buffer, bytesMax: () => number) {
    this.#plan = plan;
    this.#store = store;
    this.#prefix = prefix;
    this.#cache = new EntityCache(bytesMax);
    this.#sweep = new Sweep(store, plan, prefix);
  }

  /**
   * Brings the entities of a batch into memory, in one look-up for those that are not there.
   * @param keys of its rows; null where a row has none. @returns the entity of each row, to be used until the next call
   */
  async ensure(keys: readonly (string | null)[]): Promise<(Entity | null)[]> {
    this.#cache.trim();
    const missing = new Set<string>();
    const entities = keys.map((key) => {
      const entity = key === null ? null : this.#cache.get(key);
      if (entity === undefined) missing.add(key!);
      return entity ?? null;
    });
    if (missing.size === 0) return entities;
    const loaded = await loadEntities(this.#store, this.#plan, this.#prefix, [...missing]);
    for (const [key, entity] of loaded) this.#cache.put(key, entity);
    return entities.map((entity, i) => entity ?? (keys[i] === null ? null : loaded.get(keys[i]!)!));
  }

  /** Brings what lies behind the headers of entities that are not whole. @param known K at the end of the batch */
  async bring(coming: readonly ComingTo[], known: number): Promise<void> {
    await bringRecords(this.#store, this.#prefix, coming, known);
  }

  /**
   * The features of a key at a time, as an event of another kind would see them, and whether there is anything of the key;
   * not while a batch is applied.
   */
  async query(key: string, at: number, known: number): Promise<{ features: Scalar[]; found: boolean }> {
    const [held] = await this.ensure([key]);
    const entity = held!;
    const row: Coming = { event: -1, time: at, id: '', scored: true };
    await this.bring([{ key, entity, row }], known);
    const out: Scalar[] = new Array(this.#plan.group.features.length).fill(null);
    entity.query(at, null, out);
    return { features: out, found: !entity.isEmpty };
  }

  /**
   * Takes out some of the entities of which nothing is left at K, of those that are stored; not while a batch is applied.
   * @param rows that were applied since the last call
   */
  async sweep(rows: number, known: number): Promise<void> {
    const keys = await this.#sweep.next(rows, known);
    if (keys.length === 0) return;
    const entities = await this.ensure(keys);
    const row: Coming = { event: -1, time: known, id: '', scored: false };
    await this.bring(
      keys.map((key, i) => ({ key, entity: entities[i]!, row })),
      known,
    );
    for (const entity of entities) entity!.evict(known);
    this.applied();
  }

  /** A batch was applied: its entities are no longer in hand. */
  applied(): void {
    this.#cache.measure();
  }

  /** Goes down to the bound, as far as what is dirty allows; not while a batch is applied. */
  trim(): void {
    this.#cache.trim();
  }

  get dirtyBytes(): number {
    return this.#cache.dirtyBytes;
  }
  get cachedBytes(): number {
    return this.#cache.bytes;
  }
  get pinnedBytes(): number {
    return this.#cache.pinnedBytes;
  }

  /** What a checkpoint writes. */
  changes(): StateWrite[] {
    return this.#cache.changes(this.#prefix);
  }

  /** What `changes` gave is stored. */
  saved(): void {
    this.#cache.saved();
  }
}
