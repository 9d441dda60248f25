import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BLOCK_ROWS, LEAD_BLOCKS_MAX } from '../../src/replay/backfill/share.js';
import { Thread } from '../../src/replay/backfill/thread.js';
import { type BackfillOptions, backfill, type UnsortedFile } from '../../src/replay/backfill.js';
import { fare, remove, rows, taxi, write } from './backfill/taxi.js';

// Threads are started from TypeScript sources here, which takes seconds.
const timeout = 90_000;
afterAll(remove);

/** Every bit of every vector: JSON would take -0 for 0. */
async function vectorsOf(options: BackfillOptions): Promise<string[]> {
  const vectors: string[] = [];
  for await (const batch of backfill(options)) {
    for (const row of batch) vectors.push(JSON.stringify(row, (_, value) => (Object.is(value, -0) ? '-0' : value)));
  }
  return vectors;
}
const run = (from: string, threads: number, options: Partial<BackfillOptions> = {}) =>
  vectorsOf({ definition: taxi, view: fare, from, threads, ...options });
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => error,
  );
/** More than a thread may be ahead. */
const RIDES = (LEAD_BLOCKS_MAX + 2) * BLOCK_ROWS + 700;
const threadsNow = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

describe('any number of threads', () => {
  test('gives the same vectors, byte for byte, and tells the same of the files', { timeout }, async () => {
    const events = rows(1, RIDES, 4);
    // More rows of one millisecond than a thread may be ahead, of both files.
    const same = events.rides[1000]!.time;
    for (const ride of events.rides.slice(1000, -1000)) ride.time = same;
    for (const pay of events.pays.filter(({ told }) => told >= same).slice(0, 600)) pay.told = same;
    // Two pays stand too late in the file.
    events.pays.push(...events.pays.splice(5, 2));
    const from = write(events);
    const results = [];
    for (const threads of [1, 2, 3]) {
      const unsorted: UnsortedFile[] = [];
      const read: number[] = [];
      const vectors = await run(from, threads, {
        onUnsorted: (file) => unsorted.push(file),
        onProgress: (events) => read.push(events),
      });
      expect(read).toEqual([...read].sort((a, b) => a - b));
      results.push({ vectors, unsorted, read: read.at(-1) });
    }
    expect(results.map(({ vectors }) => vectors.length)).toEqual([RIDES, RIDES, RIDES]);
    const firstRow = events.pays.length - 1;
    expect(results[0]!.unsorted).toEqual([{ topic: 'pays', file: join(from, 'pays.ndjson'), rows: 2, firstRow }]);
    expect(results[0]!.read).toBe(events.rides.length + events.pays.length);
    const [{ vectors, ...told }, ...others] = results as [(typeof results)[0], ...typeof results];
    for (const other of others) {
      expect(other.vectors.filter((vector, i) => vector !== vectors[i])).toEqual([]);
      expect(other).toMatchObject(told);
    }
    for (const name of ['driver_last_zone', 'driver_mean_tip_6h', 'zone_last_driver', 'zone_max_tip_1h']) {
      expect(vectors.filter((row) => !row.includes(`"${name}":null`)).length, name).toBeGreaterThan(1000);
    }
    expect(threadsNow()).toBe(0);
  });

  test('stops with the same error where a row is no event', { timeout }, async () => {
    const events = rows(3, 300, 2);
    // Only the threads that compute read pays.
    events.pays[100]!.told = -1;
    const from = write(events);
    const alone = await failure(run(from, 1));
    expect(alone).toMatchObject({
      code: 'EVENT_TIME_INVALID',
      remedy: 'fix-input',
      details: { topic: 'pays', row: 101 },
    });
    expect(alone.message).toMatch(/pays\.ndjson: row 101 of event pays: field told is no time/);
    const { name, code, message, remedy, details } = await failure(run(from, 2));
    expect({ name, code, message, remedy, details }).toEqual({
      name: 'HeadraceError',
      code: alone.code,
      message: alone.message,
      remedy: alone.remedy,
      details: { ...alone.details },
    });
    expect(threadsNow()).toBe(0);
  });
});

describe('threads', () => {
  test('are gone when a backfill is interrupted', { timeout }, async () => {
    const interrupt = new AbortController();
    const from = write(rows(4, RIDES, 2));
    const vectors = backfill({ definition: taxi, view: fare, from, threads: 2, signal: interrupt.signal });
    expect((await vectors.next()).value).toHaveLength(BLOCK_ROWS);
    expect(threadsNow()).toBeGreaterThan(0);
    interrupt.abort();
    expect(await failure(vectors.next())).toMatchObject({ code: 'BACKFILL_INTERRUPTED', remedy: 'retry' });
    expect(threadsNow()).toBe(0);
  });

  test('say what they died of', { timeout }, async () => {
    const thread = new Thread({ task: null as never, parts: [] });
    const error = await failure(thread.next());
    expect(error).toMatchObject({ code: 'BACKFILL_THREAD_DIED', remedy: 'retry' });
    expect(error.message).toMatch(/stopped with: Cannot read properties of null/);
    await thread.close();
    expect(threadsNow()).toBe(0);
  });
});
