import { afterEach, expect, test } from 'vitest';
import { type AdmittedFrame, admittedSchema, NO_MARK } from '../../src/contract/frames.js';
import { admittedTopic } from '../../src/contract/topics.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { eventually, flights, MemoryWorld } from '../support/memory-world.js';

let world: MemoryWorld | null = null;
afterEach(() => world?.close());

/** A worker on an admitted topic whose first record says that five raw records were considered before it. */
async function workerOn(takenByRetention: boolean) {
  world = await MemoryWorld.open();
  const { log, codec } = world;
  const definition = await flights();
  await world.createRaw(definition, {});
  await ensureTopics(log, definition);
  const scored = definition.events.find(({ topic }) => topic === 'departures')!;
  const topic = admittedTopic(definition.name, scored.topic);
  const writer = await codec.writer<AdmittedFrame>(topic, admittedSchema(scored));
  const producer = await log.producer();
  const frame = (before: number) => ({
    topic,
    partition: 0,
    value: writer.encode({ before, after: 5, known: NO_MARK, mark: NO_MARK, rows: [] }),
  });
  if (takenByRetention) await producer.send([frame(0)]);
  await producer.send([frame(5)]);
  if (takenByRetention) log.deleteRecords(topic, 0, 1);
  return world.worker(definition);
}

const stuck = (worker: Awaited<ReturnType<typeof workerOn>>) =>
  worker.status().filter(({ state, because }) => state === 'stuck' && because?.code === 'INVARIANT_BROKEN');

test('a first frame that was lost is noticed by every reader: nothing may be missing where retention took nothing', async () => {
  const worker = await workerOn(false);
  await eventually('its readers stop', () => stuck(worker).length === 4);
  expect(stuck(worker).map(({ task }) => task.split('/')[0])).toEqual(['route', 'route', 'route', 'serve']);
  expect(stuck(worker)[0]!.because!.message).toMatch(/no gap in admitted/);
  await worker.stop();
});

test('what retention took is not missed', async () => {
  const worker = await workerOn(true);
  const readers = () => worker.status().filter(({ task }) => /^(route|serve)/.test(task));
  await eventually(
    'its readers run',
    () => readers().length === 4 && readers().every(({ state }) => state === 'running'),
  );
  await new Promise((turn) => setTimeout(turn, 300));
  expect(stuck(worker)).toEqual([]);
  await worker.stop();
});
