import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ReopeningDriver } from '../../src/state/reopening-driver.js';
import type { RocksDriver } from '../../src/state/rocks-driver.js';

const KEY = Buffer.from('k');
const put = [{ type: 'put', key: KEY, value: KEY }] as const;

/** A database that says what is done to it. */
function world() {
  const said: string[] = [];
  let opened = 0;
  const state = { full: false, brokenOpens: 0, reading: null as Promise<void> | null };
  const make = (): RocksDriver => {
    const n = ++opened;
    const write = async (what: string) => {
      said.push(`${what} ${n}`);
      await turn();
      if (state.full) throw new Error('no room');
      said.push(`${what} ${n} done`);
    };
    return {
      async getMany() {
        await state.reading;
        said.push(`read ${n}`);
        return [];
      },
      batch: () => write('write'),
      clear: () => write('clear'),
      async *entries() {
        try {
          for (;;) yield [KEY, KEY] as const;
        } finally {
          said.push(`end ${n}`);
        }
      },
      page: async () => [[KEY, KEY]],
      async close() {
        said.push(`close ${n}`);
      },
    };
  };
  const open = async () => {
    if (state.brokenOpens-- > 0) throw new Error('cannot be opened');
    return make();
  };
  const probe = async () => {
    if (state.full) throw new Error('still no room');
  };
  return { said, state, driver: new ReopeningDriver(make(), open, probe) };
}

test('behind a failed write nothing is written to the same database; reads go on until there is room', async () => {
  const { said, state, driver } = world();
  await driver.batch(put);
  state.full = true;
  const [first, second] = [driver.batch(put), driver.clear({ gte: KEY })];
  await expect(first).rejects.toThrow('no room');
  await expect(second).rejects.toThrow('still no room');
  await driver.getMany([KEY]);
  await expect(driver.batch(put)).rejects.toThrow('still no room');
  state.full = false;
  await driver.batch(put);
  await driver.batch(put);
  await driver.close();
  expect(said).toEqual([
    ...['write 1', 'write 1 done', 'write 1', 'read 1'],
    ...['close 1', 'write 2', 'write 2 done', 'write 2', 'write 2 done', 'close 2'],
  ]);
});

test('what reads is waited for, what goes through entries is ended, before the database is closed', async () => {
  const { said, state, driver } = world();
  state.full = true;
  await expect(driver.batch(put)).rejects.toThrow('no room');
  state.full = false;
  const entries = driver.entries({ gte: KEY })[Symbol.asyncIterator]();
  await entries.next();
  let go = () => {};
  state.reading = new Promise((done) => {
    go = done;
  });
  const read = driver.getMany([KEY]);
  const written = driver.batch(put);
  await turn();
  const later = driver.getMany([KEY]);
  go();
  await Promise.all([read, written, later]);
  expect(said).toEqual(['write 1', 'read 1', 'end 1', 'close 1', 'write 2', 'read 2', 'write 2 done']);
  await expect(entries.next()).rejects.toThrow('opened anew');
});

test('one that could not be opened is opened by whoever needs it next', async () => {
  const { said, state, driver } = world();
  state.full = true;
  await expect(driver.batch(put)).rejects.toThrow('no room');
  state.full = false;
  state.brokenOpens = 2;
  await expect(driver.batch(put)).rejects.toThrow('cannot be opened');
  await expect(driver.getMany([KEY])).rejects.toThrow('cannot be opened');
  await driver.getMany([KEY]);
  await driver.batch(put);
  expect(said).toEqual(['write 1', 'close 1', 'read 2', 'write 2', 'write 2 done']);
});
