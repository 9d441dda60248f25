import { expect, test } from 'vitest';
import {
  type AdmittedFrame,
  admittedSchema,
  type InboxFrame,
  inboxSchema,
  LAST_MARK,
} from '../../src/contract/frames.js';
import { admittedTopic, inboxTopic } from '../../src/contract/topics.js';
import { Route } from '../../src/feature/route.js';
import { type Log, readToEnd } from '../../src/log/log.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { flights, MemoryWorld } from '../support/memory-world.js';

test('inbox records that were acknowledged and lost are named, and sent again by whoever opens next', async () => {
  const world = await MemoryWorld.open();
  const { codec, settings } = world;
  const definition = await flights();
  await world.createRaw(definition, {});
  const rawPartitions = await ensureTopics(world.log, definition);
  const group = definition.groups.find(({ name }) => name === 'carrier')!;
  const producer = await world.log.producer();
  for (const event of definition.events.filter(({ topic }) => topic in group.keys)) {
    const topic = admittedTopic(definition.name, event.topic);
    const writer = await codec.writer<AdmittedFrame>(topic, admittedSchema(event));
    const fields = event.schema.fields.map(({ name, type }) => {
      const known = Array.isArray(type) ? null : type === 'string' ? 'x' : 0;
      return [name, known] as const;
    });
    const row = { offset: 0, known: 1, time: 1, id: 'e', event: Object.fromEntries(fields) };
    const value = writer.encode({ before: 0, after: 1, known: 1, mark: LAST_MARK, rows: [row] });
    await producer.send([{ topic, partition: 0, value }]);
  }
  const reader = codec.reader<InboxFrame>(inboxSchema(definition, group));
  const rowsOf = async (value: Buffer) => {
    await reader.prepare([value]);
    return reader.decode(value).rows;
  };
  // The first rows are acknowledged and not written.
  let loses = true;
  const log: Log = {
    ...world.log,
    producer: async () => ({
      send: async (records) => {
        const rows = (await Promise.all(records.map(({ value }) => rowsOf(value!)))).flat();
        if (!loses || rows.length === 0) return producer.send(records);
        loses = false;
        return records.map(({ topic, partition }) => ({ topic, partition, baseOffset: 1_000 }));
      },
      close: async () => {},
    }),
  };
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const io = { log, codec, clock, logger: silentLogger };
  const task = new Route({ ...settings, ...io, definition, group, rawPartitions, leadRowsMax: 1 });
  const steps = async () => {
    for (let i = 0; i < 20; i++) {
      now += 1_000;
      await task.step();
      await new Promise((turn) => setTimeout(turn, 2));
    }
  };
  await task.open(() => {});
  await expect(steps()).rejects.toMatchObject({ code: 'INBOX_RECORDS_LOST', remedy: 'restart-task' });
  await task.release();
  await task.open(() => {});
  await steps();
  const ids: string[] = [];
  for (let partition = 0; partition < group.inboxPartitions; partition++) {
    for await (const { value } of readToEnd(log, { topic: inboxTopic(definition.name, group), partition })) {
      ids.push(...(await rowsOf(value!)).map(({ id }) => id));
    }
  }
  expect(ids).toEqual(['e', 'e']);
  await task.release();
  await world.close();
});
