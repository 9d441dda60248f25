/**
 * Finds entities in the store that nothing comes for any more.
 * Goal: the size on disk levels off. An entity drops what has left the horizon when a row comes for it, so one that is never used
 * again would stay for ever. Method: behind each checkpoint some records are gone through, in the order of keys, round and round: one
 * for every ROWS_A_RECORD rows that were applied. So what is past is found before as many rows have come as make up a few times the state.
 * Invariant: no bits change, since evicting is what the next row of an entity does first.
 */
import { Entity, type GroupPlan } from '../aggregate/index.js';
import { entityPart, hasSuffix, keyOf } from '../state/entity-key.js';
import type { StateStore } from '../state/store.js';

const ROWS_A_RECORD = 4;
const RECORDS_MIN = 64;
/** Some tens of ms. */
const RECORDS_MAX = 8_192;
/** In memory at once. */
const PAGE_RECORDS_MAX = 256;

export class Sweep {
  readonly #store: StateStore;
  readonly #plan: GroupPlan;
  readonly #prefix: Buffer;
  /** The last record that was gone through; null: it begins anew. */
  #after: Buffer | null = null;

  constructor(store: StateStore, plan: GroupPlan, prefix: Buffer) {
    this.#store = store;
    this.#plan = plan;
    this.#prefix = prefix;
  }

  /** @param rows since the last call. @param known K, ms. @returns keys of which nothing is left at K. Errors: `STATE_UNREADABLE`, `STATE_FORMAT` */
  async next(rows: number, known: number): Promise<string[]> {
    const before = known - this.#plan.horizonMs;
    const from = this.#prefix.length;
    const keys: string[] = [];
    let left = Math.min(RECORDS_MAX, Math.max(RECORDS_MIN, Math.ceil(rows / ROWS_A_RECORD)));
    while (left > 0) {
      const max = Math.min(left, PAGE_RECORDS_MAX);
      const page = await this.#store.page(this.#prefix, this.#after, max);
      for (const [key, value] of page) {
        const isHeader = key.length > from && hasSuffix(key, from, Entity.headerSuffix);
        if (isHeader && Entity.isPast(this.#plan, value, before)) keys.push(keyOf(entityPart(key, from)));
      }
      this.#after = page.length < max ? null : page.at(-1)![0];
      if (this.#after === null) break;
      left -= page.length;
    }
    return keys;
  }
}
