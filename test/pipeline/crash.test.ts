import { afterEach, expect, test } from 'vitest';
import { backfill } from '../../src/replay/backfill.js';
import { verify } from '../../src/replay/verify.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { memoryStore } from '../../src/state/memory-store.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { eventually, flights, MemoryWorld, projectFile, sumOf } from '../support/memory-world.js';
import { exact, predictionsOf, vectorsOf } from '../support/outputs.js';

/** Midnight in New York, 6 January: some 4,000 departures. */
const UNTIL = Date.UTC(2013, 0, 6, 5);
const PARTITIONS = { departures: 2, arrivals: 2, weather: 1 };

let world: MemoryWorld | null = null;
afterEach(() => world?.close());

/** The vectors of an undisturbed world: those of backfill, by event id. */
async function expectedVectors(): Promise<Map<string, string>> {
  const definition = await flights();
  const expected = new Map<string, string>();
  for await (const rows of backfill({ definition, view: definition.views[0]!, from: projectFile('data/flights') })) {
    for (const { offset: _, ...row } of rows) expected.set(row.id, exact(row));
    if (rows.at(-1)!.time >= UNTIL) return expected;
  }
  return expected;
}

test.each([
  { name: 'an undisturbed worker', crashes: 0, keepsDisk: true },
  { name: 'three crashes, local state kept', crashes: 3, keepsDisk: true },
  { name: 'three crashes, local state lost', crashes: 3, keepsDisk: false },
])('$name: every departure once, with the bits of backfill', async ({ crashes, keepsDisk }) => {
  world = await MemoryWorld.open({ HEADRACE_BATCH_ROWS_MAX: '100' });
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  let store = memoryStore();
  let client = world.log.newClient();
  await ensureTopics(world.log, definition);
  await promoteFixtureModel(definition, 1, world);
  let worker = await world.worker(definition, store, client);
  for (let crash = 1; crash <= crashes; crash++) {
    const served = (departures * crash) / (crashes + 1);
    const count = async () => (await vectorsOf(definition, world!.log, world!.codec)).length;
    await eventually(`${served} vectors`, async () => (await count()) >= served);
    // The client's log is gone in the middle of whatever the tasks did: nothing more of them is written.
    await client.close();
    await worker.stop();
    if (!keepsDisk) store = memoryStore();
    client = world.log.newClient();
    worker = await world.worker(definition, store, client);
  }
  await eventually(
    'all vectors',
    async () => (await vectorsOf(definition, world!.log, world!.codec)).length >= departures,
  );
  await worker.stop();

  const vectors = await vectorsOf(definition, world.log, world.codec);
  expect(vectors.length).toBe(departures);
  const expected = await expectedVectors();
  const differing = vectors.filter(({ row: { offset: _, ...row } }) => expected.get(row.id) !== exact(row));
  expect(differing).toEqual([]);
  for (const partition of [0, 1]) {
    const offsets = vectors.filter((v) => v.partition === partition).map((v) => v.row.offset);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  }
  const predictions = await predictionsOf(definition, world.log, world.codec);
  const positions = new Set(predictions.map(({ partition, offset }) => `${partition}/${offset}`));
  expect(positions.size).toBe(predictions.length);
  expect(predictions.length).toBe(departures);
  const report = await verify({ definition, view: definition.views[0]!, log: world.log, codec: world.codec });
  expect(report).toMatchObject({ compared: departures, differing: 0 });
});

test('a stopped worker leaves a checkpoint from which the next goes on without recomputing', async () => {
  world = await MemoryWorld.open();
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  const store = memoryStore();
  const worker = await world.worker(definition, store);
  await eventually('all vectors', () => sumOf(worker, 'vectors') >= departures);
  await worker.stop();
  const next = await world.worker(definition, store);
  await eventually('every task runs', () => next.status().every(({ state }) => state === 'running'));
  await new Promise((turn) => setTimeout(turn, 500));
  expect(sumOf(next, 'computed_rows')).toBe(0);
  expect(sumOf(next, 'vectors')).toBe(0);
  await next.stop();
});
