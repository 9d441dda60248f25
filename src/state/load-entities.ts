/**
 * Entities from the store, in two look-ups for all of them: first headers, then the chunks that these name.
 * Errors: `STATE_UNREADABLE`, naming the entity's key.
 */
import { Entity, type GroupPlan } from '../aggregate/index.js';
import { HeadraceError } from '../error.js';
import { stateKey } from './entity-key.js';
import type { StateStore } from './store.js';

/** @param prefix of the task. @returns an entity for each key: a new one where the store has none */
export async function loadEntities(
  store: StateStore,
  plan: GroupPlan,
  prefix: Buffer,
  keys: readonly string[],
): Promise<Map<string, Entity>> {
  const headers = await store.getMany(keys.map((key) => stateKey(prefix, key, Entity.headerSuffix)));
  const wanted: Buffer[] = [];
  for (const [i, key] of keys.entries()) {
    const header = headers[i];
    if (header === undefined) continue;
    const suffixes = named(key, () => Entity.chunkSuffixes(plan, header));
    for (const suffix of suffixes) wanted.push(stateKey(prefix, key, suffix));
  }
  const chunks = wanted.length === 0 ? [] : await store.getMany(wanted);
  const entities = new Map<string, Entity>();
  // An entity asks for its chunks in the order in which its header names them.
  let next = 0;
  for (const [i, key] of keys.entries()) {
    const header = headers[i];
    const load = () => Entity.load(plan, header!, () => chunks[next++]);
    entities.set(key, header === undefined ? new Entity(plan) : named(key, load));
  }
  return entities;
}

function named<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof HeadraceError)) throw cause;
    const { code, message, remedy } = cause;
    throw new HeadraceError(code, `state of entity ${JSON.stringify(key)}: ${message}`, { remedy, cause, key });
  }
}
