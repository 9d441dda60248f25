import { expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { type AdmittedFrame, admittedSchema } from '../../src/contract/frames.js';
import { admittedTopic, deadLettersTopic, IDLE_MARK_MS } from '../../src/contract/topics.js';
import { Admit } from '../../src/feature/admit.js';
import { KNOWN_UNTIL } from '../../src/feature/check-event.js';
import { readToEnd } from '../../src/log/log.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { silentLogger } from '../../src/runtime/ports.js';
import type { Scalar } from '../../src/topology/definition.js';
import { flights } from '../support/memory-world.js';

const NOON = Date.UTC(2013, 5, 1, 16);

async function world() {
  const definition = await flights();
  const event = definition.events.find(({ topic }) => topic === 'weather')!;
  const log = memoryLog();
  const codec = new Codec(memoryRegistry());
  const out = admittedTopic('flights', 'weather');
  const topics = ['weather', out, deadLettersTopic('flights', 'weather')];
  await log.createTopics(topics.map((topic) => ({ topic, partitions: 1, config: {} })));
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const options = {
    topology: 'flights',
    event,
    partition: 0,
    log,
    codec,
    clock,
    logger: silentLogger,
    skewMs: 0,
    frameBytesMax: 4096,
  };
  const writer = await codec.writer<Record<string, Scalar>>('weather', event.schema, { wide: true });
  const producer = await log.producer();
  const none = Object.fromEntries(event.schema.fields.map(({ name }) => [name, null]));
  const send = (times: number[]) =>
    producer.send(
      times.map((time) => ({ topic: 'weather', partition: 0, value: writer.encode({ ...none, origin: 'EWR', time }) })),
    );
  const mark = (ms: number) =>
    producer.send([{ topic: 'weather', partition: 0, value: null, headers: { [KNOWN_UNTIL]: String(ms) } }]);
  const frames = async () => {
    const reader = codec.reader<AdmittedFrame>(admittedSchema(event));
    const found: AdmittedFrame[] = [];
    for await (const record of readToEnd(log, { topic: out, partition: 0 })) {
      await reader.prepare([record.value]);
      found.push(reader.decode(record.value!));
    }
    return found;
  };
  /** Opens a task and lets it step until it is idle. */
  const run = async (steps = 20) => {
    const task = new Admit(options);
    await task.open(() => {});
    for (let i = 0; i < steps; i++) {
      await task.step();
      await new Promise((turn) => setTimeout(turn, 2));
    }
    return task;
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { send, mark, frames, run, later };
}

test('frames follow each other, and known time never falls', async () => {
  const { send, mark, frames, run } = await world();
  const HOUR = 3_600_000;
  await send([NOON, NOON + HOUR, NOON - HOUR, NOON + 2 * HOUR]);
  await mark(NOON);
  await (await run()).release();
  const found = await frames();
  expect(found[0]!.before).toBe(0);
  for (let i = 1; i < found.length; i++) expect(found[i]!.before).toBe(found[i - 1]!.after);
  expect(found.at(-1)).toMatchObject({ after: 5, mark: NOON, known: NOON + 3 * HOUR });
  const rows = found.flatMap((frame) => frame.rows);
  expect(rows.map(({ known }) => known - NOON)).toEqual([HOUR, 2 * HOUR, 2 * HOUR, 3 * HOUR]);
  expect(rows.map(({ time }) => time - NOON)).toEqual([0, HOUR, -HOUR, 2 * HOUR]);
});

test('its output’s tail is its checkpoint: a successor repeats nothing', async () => {
  const { send, mark, frames, run } = await world();
  await send([NOON]);
  await mark(NOON + 5);
  await (await run()).release();
  await send([NOON + 10]);
  await (await run()).release();
  const rows = (await frames()).flatMap((frame) => frame.rows);
  expect(rows.map(({ offset }) => offset)).toEqual([0, 2]);
  expect((await frames()).at(-1)).toMatchObject({ mark: NOON + 5 });
});

test('frames are cut before they grow beyond their bound', async () => {
  const { send, frames, run } = await world();
  await send(Array.from({ length: 200 }, (_, i) => NOON + i));
  await (await run()).release();
  const found = await frames();
  expect(found.length).toBeGreaterThan(3);
  expect(found.flatMap((frame) => frame.rows)).toHaveLength(200);
});

test('an idle task writes its tail again before retention could take it', async () => {
  const { send, frames, run, later } = await world();
  await send([NOON]);
  const task = await run();
  const before = (await frames()).length;
  later(IDLE_MARK_MS);
  await task.step();
  await task.step();
  await task.release();
  const found = await frames();
  expect(found.length).toBe(before + 1);
  expect(found.at(-1)).toEqual({ ...found.at(-2), before: 1, rows: [] });
});
