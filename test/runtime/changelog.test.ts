import { expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory-log.js';
import { Changelog } from '../../src/runtime/changelog.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore } from '../../src/state/store.js';

const PREFIX = Buffer.from('group.v1/0\0');
const KEY = Buffer.from('key');
const HOUR_MS = 3_600_000;

async function world(store: StateStore = memoryStore()) {
  const log = memoryLog();
  await log.createTopics([{ topic: 'changelog', partitions: 1, config: {} }]);
  let now = 1_000_000;
  const clock = { now: () => now, sleep: async () => {} };
  const open = () =>
    new Changelog<{ n: number }>({ topic: 'changelog', partition: 0, prefix: PREFIX, log, store, clock });
  const read = async () => (await store.getMany([Buffer.concat([PREFIX, KEY])]))[0]?.toString();
  const write = async (changelog: Changelog<{ n: number }>, n: number, value = `value ${n}`) => {
    const producer = await log.transactional('task');
    await changelog.checkpoint(producer, [{ key: Buffer.concat([PREFIX, KEY]), value: Buffer.from(value) }], { n });
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { log, store, open, read, write, later };
}

test('a new changelog has no checkpoint', async () => {
  expect(await (await world()).open().restore()).toBe(null);
});

test('the newest checkpoint, from the store and from the changelog alone', async () => {
  const { open, write, store, read } = await world();
  const changelog = open();
  await changelog.restore();
  await write(changelog, 1);
  await write(changelog, 2);
  expect(await open().restore()).toEqual({ n: 2 });
  await store.clear(PREFIX);
  expect(await open().restore()).toEqual({ n: 2 });
  expect(await read()).toBe('value 2');
});

test('what another worker wrote meanwhile is read from where the store ends', async () => {
  const here = await world();
  const changelog = here.open();
  await changelog.restore();
  await here.write(changelog, 1);
  const elsewhere = new Changelog<{ n: number }>({
    topic: 'changelog',
    partition: 0,
    prefix: PREFIX,
    log: here.log,
    store: memoryStore(),
    clock: { now: () => 0, sleep: async () => {} },
  });
  await elsewhere.restore();
  await here.write(elsewhere, 2, 'from elsewhere');
  expect(await here.open().restore()).toEqual({ n: 2 });
  expect(await here.read()).toBe('from elsewhere');
});

test.each([0, 1, 2])(
  'a large checkpoint is written in parts; the copy that failed behind %s of them is made whole',
  async (parts) => {
    const inner = memoryStore();
    let left = Number.POSITIVE_INFINITY;
    const largest: number[] = [];
    const { open, log } = await world({
      ...inner,
      write: async (batch) => {
        largest.push(batch.length);
        if (left-- === 0) throw new Error('no room');
        await inner.write(batch);
      },
    });
    const keyOf = (n: number) => Buffer.concat([PREFIX, Buffer.from(`key ${n}`)]);
    const records = (of: string) =>
      Array.from({ length: 5000 }, (_, n) => ({
        key: keyOf(n),
        value: n % 7 === 0 ? null : Buffer.from(`${of} ${n}`),
      }));
    const changelog = open();
    await changelog.restore();
    const producer = await log.transactional('task');
    await changelog.checkpoint(producer, records('old'), { n: 1 });
    left = parts;
    await expect(changelog.checkpoint(producer, records('new'), { n: 2 })).rejects.toThrow('no room');
    left = Number.POSITIVE_INFINITY;
    expect(await open().restore()).toEqual({ n: 2 });
    const all = records('new');
    const held = await inner.getMany(all.map(({ key }) => key));
    for (const [n, { value }] of all.entries()) expect(held[n]?.toString()).toBe(value?.toString());
    expect(Math.max(...largest)).toBeLessThanOrEqual(2001);
  },
);

test('a store of another log is not taken for a copy of this one', async () => {
  const a = await world();
  const ofA = a.open();
  await ofA.restore();
  await a.write(ofA, 7);
  const empty = await world(a.store);
  expect(await empty.open().restore()).toBe(null);
  expect(await empty.read()).toBe(undefined);

  const again = a.open();
  await again.restore();
  const b = await world(a.store);
  const other = await world();
  const ofB = new Changelog<{ n: number }>({
    topic: 'changelog',
    partition: 0,
    prefix: PREFIX,
    log: b.log,
    store: other.store,
    clock: { now: () => 0, sleep: async () => {} },
  });
  await ofB.restore();
  await b.write(ofB, 1, 'of b');
  expect(await b.open().restore()).toEqual({ n: 1 });
  expect(await b.read()).toBe('of b');
});

test('a store that is too old to know what was deleted is built anew', async () => {
  const { open, write, later, log, store, read } = await world();
  const changelog = open();
  await changelog.restore();
  await write(changelog, 1);
  later(13 * HOUR_MS);
  // Compaction has taken the deletion with it: nothing in the changelog names the key any more.
  log.deleteRecords('changelog', 0, 1);
  expect(await open().restore()).toEqual({ n: 1 });
  expect(await read()).toBe(undefined);
  expect(await store.getMany([PREFIX])).not.toEqual([undefined]);
});

test('a copy beside the owner, interrupted after any fetch, goes on where it was, and ends as the owner’s', async () => {
  const owner = await world();
  const changelog = owner.open();
  await changelog.restore();
  for (let n = 1; n <= 20; n++) await owner.write(changelog, n);
  const store = memoryStore();
  let fetches = 0;
  let abort = new AbortController();
  const log = {
    ...owner.log,
    offsets: owner.log.offsets.bind(owner.log),
    /** One record a fetch; interrupted once the fourth is there, of which the first looks at the changelog's last record. */
    fetch: async (...[at, options]: Parameters<typeof owner.log.fetch>) => {
      const fetched = await owner.log.fetch(at, { ...options, maxBytes: 1 });
      if (++fetches % 4 === 0) setImmediate(() => abort.abort());
      return fetched;
    },
  };
  const clock = { now: () => 1_000_000, sleep: async () => {} };
  const read = async () => (await store.getMany([Buffer.concat([PREFIX, KEY])]))[0]?.toString();
  const catchUp = async () => {
    abort = new AbortController();
    fetches = 0;
    const copy = new Changelog<{ n: number }>({ topic: 'changelog', partition: 0, prefix: PREFIX, log, store, clock });
    await copy.catchUp(abort.signal);
  };
  let rounds = 0;
  while ((await read()) !== 'value 20' && rounds++ < 200) await catchUp();
  expect(rounds).toBeGreaterThan(5);
  expect(rounds).toBeLessThan(40);
  fetches = 0;
  const taken = new Changelog<{ n: number }>({ topic: 'changelog', partition: 0, prefix: PREFIX, log, store, clock });
  expect(await taken.restore()).toEqual({ n: 20 });
  expect(fetches, 'only the rest is read').toBeLessThan(6);
});

test('who takes a copy over does not wait for a broker that does not answer, and nothing is written behind his back', async () => {
  const here = await world();
  const owner = here.open();
  await owner.restore();
  await here.write(owner, 1);
  for (const silent of ['offsets', 'fetch'] as const) {
    const store = memoryStore();
    const never = { ...here.log, [silent]: () => new Promise<never>(() => {}) };
    const clock = { now: () => 0, sleep: async () => {} };
    const copy = new Changelog({ topic: 'changelog', partition: 0, prefix: PREFIX, log: never, store, clock });
    const abort = new AbortController();
    const copying = copy.catchUp(abort.signal);
    await new Promise((turn) => setImmediate(turn));
    abort.abort();
    await copying;
    expect(await store.getMany([PREFIX]), silent).toEqual([undefined]);
  }
});
