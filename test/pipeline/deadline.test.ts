/** A view's deadline, on the whole pipeline: a group that does not answer, live and in catch-up. */
import { afterEach, expect, test } from 'vitest';
import type { Pipeline } from '../../src/contract/topics.js';
import type { Log } from '../../src/log/log.js';
import { verify } from '../../src/replay/verify.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { eventually, flights, MemoryWorld, sumOf } from '../support/memory-world.js';
import { predictionsOf, vectorsOf } from '../support/outputs.js';

/** Midnight in New York, 2 January: some 800 departures. */
const UNTIL = Date.UTC(2013, 0, 2, 5);

let world: MemoryWorld | null = null;
afterEach(() => world?.close());

const withDeadline = (definition: TopologyDefinition, deadlineMs: number): TopologyDefinition => ({
  ...definition,
  views: definition.views.map((view) => ({ ...view, deadlineMs })),
});

/** A client whose answers of the group `plane` do not arrive before `release`. */
function holding(log: Log): { log: Log; release: () => void } {
  let release = () => {};
  const gate = new Promise<void>((open) => {
    release = open;
  });
  const producer: Log['producer'] = async () => {
    const inner = await log.producer();
    return {
      ...inner,
      async send(records) {
        if (records.some(({ topic }) => topic.includes('.features.plane-'))) await gate;
        return inner.send(records);
      },
    };
  };
  return { log: { ...log, producer }, release };
}

async function start(deadlineMs: number) {
  world = await MemoryWorld.open();
  const definition = withDeadline(await flights(), deadlineMs);
  await world.createRaw(definition, {});
  await ensureTopics(world.log, definition);
  await promoteFixtureModel(definition, 1, world);
  const { log, release } = holding(world.log.newClient());
  return {
    world,
    definition,
    release,
    worker: (pipelines?: readonly Pipeline[]) => world!.worker(definition, memoryStore(), log, pipelines),
    vectors: () => vectorsOf(definition, world!.log, world!.codec),
  };
}

test('live events do not wait for a group beyond the deadline: it is named in vector and prediction, and verify takes it from there', async () => {
  const { world, definition, release, ...here } = await start(3_000);
  const worker = await here.worker();
  await eventually('every task runs', () => worker.status().every(({ state }) => state === 'running'));
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  await eventually('all vectors', async () => (await here.vectors()).length >= departures);
  const served = await here.vectors();
  expect(served.length).toBe(departures);
  const features = (group: string) => definition.groups.find(({ name }) => name === group)!.features;
  for (const { row } of served) {
    // Others may have been late too, where the machine is busy.
    expect(row.missing).toContain('plane');
    for (const { name } of row.missing.flatMap(features)) expect(row.features[name]).toBeNull();
  }
  expect(sumOf(worker, 'deadline_missed')).toBe(departures);
  const predictions = await predictionsOf(definition, world.log, world.codec);
  expect(predictions.map(({ missing }) => missing)).toEqual(served.map(({ row }) => row.missing));
  // What comes too late changes nothing.
  release();
  const view = definition.views[0]!;
  const answers = { topic: 'flights.features.plane-departures.v1', partition: 0 };
  await eventually('the group has answered', async () => (await world.log.offsets([answers]))[0]!.lastStable > 0);
  await worker.stop();
  expect(await here.vectors()).toEqual(served);
  expect(await verify({ definition, view, log: world.log, codec: world.codec })).toMatchObject({
    compared: departures,
    differing: 0,
  });
});

test('in catch-up nothing is left out, however long it takes', async () => {
  const deadlineMs = 500;
  const { world, definition, release, ...here } = await start(deadlineMs);
  const feature = await here.worker(['feature']);
  const loaded = await world.load(definition, UNTIL);
  const all = [...loaded.values()].reduce((sum, count) => sum + count, 0);
  await eventually('all is admitted', () => sumOf(feature, 'admitted_rows') === all);
  await feature.stop();
  await new Promise((later) => setTimeout(later, deadlineMs));
  const worker = await here.worker();
  await eventually('it is read', () => sumOf(worker, 'lag_rows') > 0);
  await new Promise((later) => setTimeout(later, 3 * deadlineMs));
  expect(await here.vectors()).toEqual([]);
  release();
  const departures = loaded.get('departures')!;
  await eventually('all vectors', async () => (await here.vectors()).length >= departures);
  await worker.stop();
  const vectors = await here.vectors();
  expect(vectors.length).toBe(departures);
  expect(vectors.filter(({ row }) => row.missing.length > 0)).toEqual([]);
});
