/**
 * Entities from the store, in few look-ups for all of them: headers first; of what lies behind these, what is asked for.
 * Errors: `STATE_UNREADABLE`, `STATE_FORMAT`, naming the entity's key.
 */

import { type Coming, Entity, type GroupPlan, type Want } from '../aggregate/index.js';
import { assert, HeadraceError } from '../error.js';
import { stateKey } from './entity-key.js';
import type { StateStore } from './store.js';

/** Super-chunks' records, then chunks' records; the third finds nothing more. */
const ROUNDS_MAX = 3;

/** @param prefix of the task. @returns an entity for each key: a new one where the store has none */
export async function loadEntities(
  store: StateStore,
  plan: GroupPlan,
  prefix: Buffer,
  keys: readonly string[],
): Promise<Map<string, Entity>> {
  const headers = await store.getMany(keys.map((key) => stateKey(prefix, key, Entity.headerSuffix)));
  const entities = new Map<string, Entity>();
  for (let i = 0; i < keys.length; i++) {
    const header = headers[i];
    entities.set(keys[i]!, header === undefined ? new Entity(plan) : named(keys[i]!, () => Entity.load(plan, header)));
  }
  return entities;
}

/** A row that is to come, and the entity that it goes to. */
export interface ComingTo {
  readonly key: string;
  readonly entity: Entity;
  readonly row: Coming;
}

/** Brings the records that these rows need, in look-ups for all of them together. @param known K at the end of the batch */
export async function bringRecords(
  store: StateStore,
  prefix: Buffer,
  coming: readonly ComingTo[],
  known: number,
): Promise<void> {
  for (let round = 1; ; round++) {
    const wanted = new Map<object, Want>();
    const keys: string[] = [];
    for (const { key, entity, row } of coming) {
      entity.want(row, known, wanted);
      while (keys.length < wanted.size) keys.push(key);
    }
    if (wanted.size === 0) return;
    const wants = [...wanted.values()];
    assert(round < ROUNDS_MAX, 'a super-chunk and a chunk are all that lies between a header and a row');
    const records = await store.getMany(wants.map(({ suffix }, i) => stateKey(prefix, keys[i]!, suffix)));
    for (const [i, { suffix, give }] of wants.entries()) {
      named(keys[i]!, () => {
        const record = records[i];
        if (record === undefined) throw missing(suffix);
        give(record);
      });
    }
  }
}

const missing = (suffix: Buffer) =>
  new HeadraceError(
    'STATE_UNREADABLE',
    `state record ${suffix.toString('hex')} is named by its directory, but not there: remove the local store, and it is rebuilt from the changelog`,
    { remedy: 'restart-task' },
  );

function named<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof HeadraceError)) throw cause;
    const { code, message, remedy } = cause;
    throw new HeadraceError(code, `state of entity ${JSON.stringify(key)}: ${message}`, { remedy, cause, key });
  }
}
