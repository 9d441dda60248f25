import { expect, test } from 'vitest';
import { factWriter } from '../../src/contract/facts.js';
import { retrainTopic, snapshotsTopic } from '../../src/contract/topics.js';
import { lastRecord } from '../../src/log/log.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { Snapshot } from '../../src/training/snapshot.js';
import { eventually, flights, MemoryWorld } from '../support/memory-world.js';

test('a snapshot task that was taken over writes no pointer any more: the last one would lead back behind its successor', async () => {
  const world = await MemoryWorld.open();
  const { log, codec, artifacts } = world;
  const definition = await flights();
  await world.createRaw(definition, {});
  const rawPartitions = await ensureTopics(log, definition);
  const open = async () => {
    const task = new Snapshot({
      definition,
      view: definition.views[0]!,
      rawPartitions,
      log,
      codec,
      artifacts,
      clock: systemClock,
      logger: silentLogger,
      snapshotMs: 60_000,
    });
    await task.open(() => {});
    return task;
  };
  const [before, after] = [await open(), await open()];
  const topic = retrainTopic(definition.name, definition.models[0]!.name);
  const writer = await factWriter(codec, topic);
  const producer = await log.producer();
  await producer.send([{ topic, partition: 0, value: writer.encode('retrain', 0, {}) }]);
  const pointer = () => lastRecord(log, { topic: snapshotsTopic(definition.name), partition: 0 });
  const steps = async () => {
    for (let i = 0; i < 50; i++) {
      await before.step();
      await new Promise((turn) => setTimeout(turn, 2));
    }
  };
  await expect(steps()).rejects.toMatchObject({ code: 'PRODUCER_FENCED', remedy: 'restart-task' });
  expect(await pointer()).toBeNull();
  await eventually('its successor answers', async () => {
    await after.step();
    return (await pointer()) !== null;
  });
  await before.release();
  await after.release();
  await world.close();
});
