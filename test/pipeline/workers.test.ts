import { afterEach, expect, test } from 'vitest';
import { verify } from '../../src/replay/verify.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { eventually, flights, MemoryWorld } from '../support/memory-world.js';
import { predictionsOf, vectorsOf } from '../support/outputs.js';

const UNTIL = Date.UTC(2013, 0, 5, 5);
const PARTITIONS = { departures: 2, arrivals: 2, weather: 1 };

let world: MemoryWorld | null = null;
afterEach(() => world?.close());

test('one worker, then three, then one that was not there at first: every departure once', async () => {
  world = await MemoryWorld.open({ HEADRACE_BATCH_ROWS_MAX: '50' });
  const { log, codec } = world;
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  await ensureTopics(log, definition);
  await promoteFixtureModel(definition, 1, world);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  const count = async () => (await vectorsOf(definition, log, codec)).length;
  const first = await world.worker(definition);
  await eventually('a fifth', async () => (await count()) >= departures / 5);
  const second = await world.worker(definition);
  const third = await world.worker(definition);
  await eventually('each has tasks', () => [first, second, third].every((worker) => worker.status().length > 3));
  await eventually('a half', async () => (await count()) >= departures / 2);
  await first.stop();
  await third.stop();
  await eventually('all vectors', async () => (await count()) >= departures);
  expect(second.status().length).toBe(24);
  await second.stop();
  expect(await count()).toBe(departures);
  const predictions = await predictionsOf(definition, log, codec);
  expect(new Set(predictions.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(departures);
  expect(predictions.length).toBe(departures);
  const report = await verify({ definition, view: definition.views[0]!, log, codec });
  expect(report).toMatchObject({ compared: departures, differing: 0 });
});
