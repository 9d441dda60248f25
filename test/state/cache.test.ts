import { beforeEach, describe, expect, test } from 'vitest';
import { compileGroup, Entity } from '../../src/aggregate/index.js';
import { EntityCache } from '../../src/state/cache.js';
import { bringRecords, loadEntities } from '../../src/state/load-entities.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore } from '../../src/state/store.js';
import { definition, feature, field, group } from '../aggregate/support.js';

const plan = compileGroup(definition, group([feature({ aggregate: 'sum', value: field('x'), windowMs: null })]), {
  chunkModulus: 4,
  fanout: 2,
});
const prefix = Buffer.from('group.v1/0\0');

/** An entity of some size. */
const entityOf = (events: number) => {
  const entity = new Entity(plan);
  for (let i = 0; i < events; i++) entity.insert(0, i, `id${i}`, [i]);
  return entity;
};
const sum = (entity: Entity) => {
  const out = [null];
  entity.query(1e9, null, out);
  return out[0];
};

const missing = (cache: EntityCache, keys: readonly string[]) => keys.filter((key) => cache.get(key) === undefined);

/** Measured now. */
const figures = (cache: EntityCache) => {
  cache.measure();
  return { bytes: cache.bytes, dirtyBytes: cache.dirtyBytes, pinnedBytes: cache.pinnedBytes };
};

describe('EntityCache', () => {
  test('drops what was not used for longest, down to its bound', () => {
    const bytesMax = 34 * (entityOf(20).bytes() + 300);
    const cache = new EntityCache(() => bytesMax);
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
    for (const key of keys) {
      const entity = entityOf(20);
      entity.clean();
      cache.put(key, entity);
    }
    expect(missing(cache, ['key 0'])).toEqual([]);
    cache.trim();
    expect(figures(cache).bytes).toBeLessThanOrEqual(bytesMax);
    const gone = missing(cache, keys);
    expect(gone).toEqual(keys.slice(1, 1 + gone.length));
    expect(cache.size).toBeGreaterThan(30);
  });

  test('pins what is dirty, until it is saved', () => {
    const cache = new EntityCache(() => 0);
    cache.put('dirty', entityOf(1));
    const clean = entityOf(1);
    clean.clean();
    cache.put('clean', clean);
    cache.trim();
    expect(missing(cache, ['dirty', 'clean'])).toEqual(['clean']);
    cache.saved();
    expect(missing(cache, ['dirty'])).toEqual(['dirty']);
    expect([figures(cache).bytes, figures(cache).dirtyBytes, cache.size]).toEqual([0, 0, 0]);
  });

  test('knows what an entity takes after a checkpoint, which makes partials of its chunks', () => {
    const cache = new EntityCache(() => 1e9);
    const sizes = { tail: 1, chunks: 200 };
    for (const [key, events] of Object.entries(sizes)) cache.put(key, entityOf(events));
    cache.measure();
    cache.changes(prefix);
    cache.saved();
    const { bytes } = figures(cache);
    for (const key of Object.keys(sizes)) cache.get(key);
    expect(figures(cache)).toEqual({ bytes, dirtyBytes: 0, pinnedBytes: 0 });
  });

  test('lets go of the clean chunks of what is dirty', () => {
    const cache = new EntityCache(() => 20_000);
    cache.put('large', entityOf(2000));
    const all = figures(cache).bytes;
    cache.saved();
    expect(cache.size).toBe(0);
    cache.put('large', entityOf(2000));
    cache.changes(prefix);
    const entity = cache.get('large')!;
    entity.clean();
    entity.insert(0, 1e6, 'one more', [1]);
    expect(figures(cache).pinnedBytes).toBeGreaterThan(all);
    cache.trim();
    expect(cache.size).toBe(1);
    expect(figures(cache).pinnedBytes).toBe(figures(cache).bytes);
    expect(figures(cache).bytes).toBeLessThan(all / 4);
  });

  test('a large entity lets go of its chunks before others are dropped', () => {
    const cache = new EntityCache(() => entityOf(2000).bytes() + 10_000);
    for (const key of ['a', 'b', 'c']) cache.put(key, entityOf(20));
    cache.put('large', entityOf(2000));
    cache.saved();
    expect(cache.size).toBe(4);
    const before = figures(cache).bytes;
    for (const key of ['d', 'e', 'f', 'g']) cache.put(key, entityOf(20));
    cache.saved();
    expect(missing(cache, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'large'])).toEqual([]);
    expect(figures(cache).bytes).toBeLessThan(before);
  });

  test('measures what it handed out again', () => {
    const cache = new EntityCache(() => 1e9);
    cache.put('a', new Entity(plan));
    const { bytes: before, dirtyBytes: dirtyBefore } = figures(cache);
    expect(dirtyBefore).toBe(0);
    for (let i = 0; i < 1000; i++) cache.get('a')!.insert(0, i, `id${i}`, [i]);
    expect(figures(cache).bytes).toBeGreaterThan(before + 1000 * 16);
    expect(figures(cache).dirtyBytes).toBeGreaterThan(1000 * 16);
    cache.saved();
    expect(figures(cache).dirtyBytes).toBe(0);
    cache.get('a')!.insert(0, 1000, 'id1000', [1]);
    expect(figures(cache).dirtyBytes).toBeLessThan(10_000);
  });

  test('does not know a key that it was not given', () => {
    expect(new EntityCache(() => 1).get('a')).toBeUndefined();
  });
});

describe('loadEntities', () => {
  let store: StateStore;
  let lookUps: number;
  beforeEach(() => {
    const memory = memoryStore();
    lookUps = 0;
    store = {
      ...memory,
      getMany(keys) {
        lookUps++;
        return memory.getMany(keys);
      },
    };
  });
  const checkpoint = async (cache: EntityCache) => {
    const writes = cache.changes(prefix);
    await store.write(writes);
    cache.saved();
    return writes.length;
  };

  test('gives back what a checkpoint wrote, and brings what a question needs', async () => {
    const cache = new EntityCache(() => 1e9);
    for (const [key, events] of [
      ['a', 50],
      ['b\0', 1],
      ['', 200],
    ] as const)
      cache.put(key, entityOf(events));
    await checkpoint(cache);
    const loaded = await loadEntities(store, plan, prefix, ['', 'new', 'a', 'b\0']);
    expect(lookUps).toBe(1);
    const row = { event: -1, time: 1e9, id: '', scored: true };
    await bringRecords(
      store,
      prefix,
      [...loaded].map(([key, entity]) => ({ key, entity, row })),
      0,
    );
    expect(lookUps).toBe(2);
    expect([...loaded].map(([key, entity]) => [key, sum(entity)])).toEqual([
      ['', 199 * 100],
      ['new', null],
      ['a', 49 * 25],
      ['b\0', 0],
    ]);
    expect([...loaded.values()].map((entity) => entity.isDirty)).toEqual([false, false, false, false]);
  });

  test('a second checkpoint writes what changed', async () => {
    const cache = new EntityCache(() => 1e9);
    for (const key of ['a', 'b']) cache.put(key, entityOf(100));
    expect(await checkpoint(cache)).toBeGreaterThan(10);
    cache.get('a')!.insert(0, 1_000_000, 'one more', [1]);
    expect(await checkpoint(cache)).toBeLessThan(3);
    const entity = (await loadEntities(store, plan, prefix, ['a'])).get('a')!;
    await bringRecords(store, prefix, [{ key: 'a', entity, row: { event: -1, time: 1e9, id: '', scored: true } }], 0);
    expect(sum(entity)).toBe(99 * 50 + 1);
  });

  test('asks once where no entity has chunks', async () => {
    await loadEntities(store, plan, prefix, ['a', 'b']);
    expect(lookUps).toBe(1);
  });

  test('what could not be read once is asked for again', async () => {
    const cache = new EntityCache(() => 1e9);
    cache.put('a', entityOf(200));
    await checkpoint(cache);
    const entity = (await loadEntities(store, plan, prefix, ['a'])).get('a')!;
    const coming = [{ key: 'a', entity, row: { event: -1, time: 100, id: '', scored: true } }];
    const broken = { ...store, getMany: () => Promise.reject(new Error('away')) };
    await expect(bringRecords(broken, prefix, coming, 0)).rejects.toThrow('away');
    await bringRecords(store, prefix, coming, 0);
    const out = [null];
    entity.query(100, null, out);
    expect(out).toEqual([99 * 50]);
  });

  test('an unreadable record is an error that names its key', async () => {
    const cache = new EntityCache(() => 1e9);
    cache.put('JFK', entityOf(50));
    await checkpoint(cache);
    const entries: [Buffer, Buffer][] = [];
    for await (const [key, value] of store.iterate(prefix)) entries.push([key, value]);
    // Late events in every chunk: every record is asked for.
    const readAll = async () => {
      const entity = (await loadEntities(store, plan, prefix, ['JFK'])).get('JFK')!;
      const rows = Array.from({ length: 50 }, (_, time) => ({ event: 0, time, id: '', scored: true }));
      await bringRecords(
        store,
        prefix,
        rows.map((row) => ({ key: 'JFK', entity, row })),
        0,
      );
    };
    await readAll();
    const unreadable = { code: 'STATE_UNREADABLE', message: expect.stringContaining('"JFK"') };
    for (const [key, value] of entries) {
      for (const damaged of [Buffer.concat([Buffer.from([99]), value.subarray(1)]), value.subarray(0, -1)]) {
        await store.write([{ key, value: damaged }]);
        await expect(readAll()).rejects.toMatchObject(unreadable);
      }
      await store.write([{ key, value }]);
    }
    const last = entries.at(-1)!;
    await store.write([{ key: last[0], value: null }]);
    await expect(readAll()).rejects.toMatchObject(unreadable);
  });
});
