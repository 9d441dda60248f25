import { expect, test } from 'vitest';
import { type InboxFrame, inboxSchema } from '../../src/contract/frames.js';
import { computeHintGroup, inboxTopic } from '../../src/contract/topics.js';
import { Compute } from '../../src/feature/compute.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { MemoryBudget } from '../../src/state/memory-budget.js';
import { memoryStore } from '../../src/state/memory-store.js';
import { flights, MemoryWorld } from '../support/memory-world.js';

test('how far it acknowledged is said again: a predecessor that works on may have said less, and route would wait for ever', async () => {
  const world = await MemoryWorld.open();
  const { log, codec, settings } = world;
  const definition = await flights();
  await world.createRaw(definition, {});
  await ensureTopics(log, definition);
  const group = definition.groups[0]!;
  const topic = inboxTopic(definition.name, group);
  const writer = await codec.writer<InboxFrame>(topic, inboxSchema(definition, group));
  const producer = await log.producer();
  await producer.send([{ topic, partition: 0, value: writer.encode({ before: [], after: [], rows: [] }) }]);
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const memory = new MemoryBudget(settings.memoryBytesMax);
  const io = { log, codec, clock, memory, store: memoryStore(), logger: silentLogger };
  const task = new Compute({ ...settings, ...io, definition, group, partition: 0 });
  await task.open(() => {});
  const hints = computeHintGroup(definition.name, group);
  const saidAfter = async (ms: number) => {
    now += ms;
    for (let i = 0; i < 10; i++) {
      await task.step();
      await new Promise((turn) => setTimeout(turn, 1));
    }
    return (await log.committed(hints, topic)).get(0);
  };
  await saidAfter(1_000);
  expect(await saidAfter(1_000)).toBe(1);
  await log.commit(hints, topic, new Map([[0, 0]]));
  expect(await saidAfter(500)).toBe(0);
  expect(await saidAfter(2_000)).toBe(1);
  await task.release();
  await world.close();
});
