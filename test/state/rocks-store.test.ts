import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDriver, type RocksDriver } from '../../src/state/rocks-driver.js';
import { openRocksStore, rangeOf, rocksStore } from '../../src/state/rocks-store.js';
import { storeSuite } from './store-suite.js';

let folder: string;
let databases = 0;
const fresh = () => join(folder, `db-${databases++}`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-state-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

storeSuite('RocksDB', () => openRocksStore(fresh()));
storeSuite('RocksDB by the binding of Node 22 and later', async () => {
  const path = fresh();
  return rocksStore(
    await openDriver(22, path, { blockCacheBytesMax: 1024 * 1024, writeBufferBytesMax: 1024 * 1024 }),
    path,
  );
});

test('what was written is there after a restart', async () => {
  const path = fresh();
  const first = await openRocksStore(path);
  await first.write([{ key: Buffer.from('a'), value: Buffer.from('1') }]);
  await first.close();
  const second = await openRocksStore(path, { blockCacheBytesMax: 1024 * 1024 });
  expect(await second.getMany([Buffer.from('a')])).toEqual([Buffer.from('1')]);
  await second.close();
});

test('a database that is open elsewhere is named, with what to do', async () => {
  const path = fresh();
  const first = await openRocksStore(path);
  await expect(openRocksStore(path)).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringContaining(path),
  });
  await first.close();
});

describe('errors of the binding', () => {
  const broken = () => Promise.reject(new Error('Corruption: block checksum mismatch'));
  const driver: RocksDriver = {
    getMany: broken,
    batch: broken,
    clear: broken,
    page: broken,
    close: async () => {},
    // biome-ignore lint/correctness/useYield: it fails before its first entry
    async *entries() {
      await broken();
    },
  };
  const store = rocksStore(driver, '/state');
  const [key, value] = [Buffer.from('k'), Buffer.from('v')];

  test('of reads ask for a restart, which rebuilds', async () => {
    const expected = { code: 'STATE_UNREADABLE', remedy: 'restart-task', message: expect.stringContaining('checksum') };
    await expect(store.getMany([key])).rejects.toMatchObject(expected);
    await expect(store.page(key, null, 1)).rejects.toMatchObject(expected);
    await expect(store.iterate(key)[Symbol.asyncIterator]().next()).rejects.toMatchObject(expected);
  });
  test('of writes ask for another disk', async () => {
    const expected = { code: 'STATE_NOT_WRITTEN', remedy: 'restart-task' };
    await expect(store.write([{ key, value }])).rejects.toMatchObject(expected);
    await expect(store.clear(key)).rejects.toMatchObject(expected);
  });
});

test.each([
  ['', '', undefined],
  ['00', '00', '01'],
  ['01ff', '01ff', '02'],
  ['01ffff', '01ffff', '02'],
  ['ff', 'ff', undefined],
])('the range of prefix %s is from %s to %s', (prefix, gte, lt) => {
  const range = rangeOf(Buffer.from(prefix, 'hex'));
  expect([range.gte.toString('hex'), range.lt?.toString('hex')]).toEqual([gte, lt]);
});
