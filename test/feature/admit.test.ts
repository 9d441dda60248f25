import { expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { type AdmittedFrame, admittedSchema } from '../../src/contract/frames.js';
import { admittedTopic, deadLettersTopic, IDLE_MARK_MS } from '../../src/contract/topics.js';
import { Admit, type AdmitOptions } from '../../src/feature/admit.js';
import { KNOWN_UNTIL } from '../../src/feature/check-event.js';
import { REDRIVE_ATTEMPT } from '../../src/feature/dead-letter.js';
import { type Fetched, type Log, type LogRecord, readToEnd } from '../../src/log/log.js';
import { type MemoryLog, memoryLog } from '../../src/log/memory-log.js';
import { silentLogger } from '../../src/runtime/ports.js';
import type { Scalar } from '../../src/topology/definition.js';
import { flights } from '../support/memory-world.js';

const NOON = Date.UTC(2013, 5, 1, 16);

type Bounds = Partial<Pick<AdmitOptions, 'badShareMax' | 'lateShareMax' | 'jumpShareMax' | 'skewMs' | 'log'>>;
const DAY = 86_400_000;

async function world(bounds: Bounds = {}, topic = 'weather') {
  const definition = await flights();
  const event = definition.events.find((one) => one.topic === topic)!;
  const log = memoryLog();
  const codec = new Codec(memoryRegistry());
  const out = admittedTopic('flights', topic);
  const topics = [topic, out, deadLettersTopic('flights', topic)];
  await log.createTopics(topics.map((one) => ({ topic: one, partitions: 1, config: {} })));
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const options = {
    topology: 'flights',
    definition,
    event,
    partition: 0,
    log,
    codec,
    clock,
    logger: silentLogger,
    skewMs: 0,
    frameBytesMax: 4096,
    badShareMax: 0.5,
    lateShareMax: 0.5,
    jumpShareMax: 1,
    shareRecords: 100,
    ...bounds,
  };
  const writer = await codec.writer<Record<string, Scalar>>(topic, event.schema, { wide: true });
  const producer = await log.producer();
  const empty = (type: unknown) => (Array.isArray(type) ? null : type === 'string' ? 'x' : 0);
  const none = Object.fromEntries(event.schema.fields.map(({ name, type }) => [name, empty(type)]));
  const encoded = (time: number) => writer.encode({ ...none, origin: 'EWR', time });
  const send = (times: number[]) => producer.send(times.map((time) => ({ topic, partition: 0, value: encoded(time) })));
  /** Good and bad records, as `pattern` has it: `+` and `-`. */
  const sendPattern = (pattern: string, headers = {}) =>
    producer.send(
      [...pattern].map((good, i) => ({
        topic,
        partition: 0,
        headers,
        value: good === '+' ? encoded(NOON + i) : Buffer.from('no avro'),
      })),
    );
  const letters = async () => {
    const found: LogRecord[] = [];
    for await (const record of readToEnd(log, { topic: deadLettersTopic('flights', topic), partition: 0 }))
      found.push(record);
    return found;
  };
  const mark = (ms: number) =>
    producer.send([{ topic, partition: 0, value: null, headers: { [KNOWN_UNTIL]: String(ms) } }]);
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
  const run = async (steps = 20, more: Bounds = {}) => {
    const task = new Admit({ ...options, ...more });
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
  return { log, send, sendPattern, mark, frames, letters, run, later };
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

/** Each fetch is followed by itself once more. */
function stuttering(log: MemoryLog): Log {
  return {
    ...log,
    subscribe: (at, ready) => {
      const inner = log.subscribe(at, ready);
      let again: Fetched | null = null;
      const take = () => {
        const next = again ?? inner.take();
        again = again === null ? next : null;
        return next;
      };
      return { ...at, take, end: () => inner.end(), close: () => inner.close() };
    },
  };
}

test('a fetch that comes again is admitted once: its rows would bear what was known later', async () => {
  const { log, send, frames, run } = await world();
  await send([NOON, NOON + 10]);
  const task = await run(20, { log: stuttering(log) });
  await send([NOON + 20]);
  for (let i = 0; i < 10; i++) {
    await task.step();
    await new Promise((turn) => setTimeout(turn, 2));
  }
  await task.release();
  const rows = (await frames()).flatMap((frame) => frame.rows);
  expect(rows.map(({ offset }) => offset)).toEqual([0, 1, 2]);
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

test('a frame’s known time is that of what it has considered, wherever it is cut', async () => {
  const { send, frames, run } = await world();
  await send(Array.from({ length: 200 }, (_, i) => NOON + i));
  await (await run()).release();
  for (const { rows, known } of await frames()) expect(known).toBe(rows.at(-1)!.known);
});

test('records of which too many are bad stop it before any of them is a dead letter, and it says why', async () => {
  const { sendPattern, frames, letters, run } = await world();
  await sendPattern('+'.repeat(120) + '-'.repeat(120));
  const stopped = run();
  await expect(stopped).rejects.toMatchObject({
    code: 'BAD_SHARE_EXCEEDED',
    remedy: 'fix-input',
    details: { offset: 170 },
  });
  await expect(stopped).rejects.toThrow(
    /weather\/0: 51 of the last 100 records are bad, mostly RECORD_UNREADABLE .at offset 170 .*HEADRACE_BAD_SHARE_MAX=1/,
  );
  expect([await frames(), await letters()]).toEqual([[], []]);
  // It stops again at the same place: nothing was written in between.
  await expect(run()).rejects.toMatchObject({ code: 'BAD_SHARE_EXCEEDED', details: { offset: 170 } });
  // A person lets them pass.
  const task = await run(20, { badShareMax: 1 });
  expect(task.describe()).toMatchObject({ admitted_rows: 120, dead_letters: 120, bad_share: 1 });
  await task.release();
  expect((await letters()).length).toBe(120);
  // From then on the window of a new task begins empty.
  await sendPattern('+'.repeat(200));
  await (await run()).release();
  expect((await frames()).flatMap(({ rows }) => rows)).toHaveLength(320);
});

test('half of them bad, or all of too few, are dead letters', async () => {
  const half = await world();
  await half.sendPattern('+-'.repeat(300));
  await (await half.run()).release();
  expect(await half.letters()).toHaveLength(300);
  const few = await world();
  await few.sendPattern('-'.repeat(99));
  await (await few.run()).release();
  expect(await few.letters()).toHaveLength(99);
});

test('what was redriven counts in no share', async () => {
  const { sendPattern, letters, run } = await world({ jumpShareMax: 0 });
  await sendPattern('+');
  const redriven = { [REDRIVE_ATTEMPT]: '1' };
  await sendPattern('-'.repeat(150), redriven);
  const task = await run();
  expect(task.describe()).toMatchObject({ dead_letters: 150, bad_share: 0 });
  await task.release();
  expect(await letters()).toHaveLength(150);
});

test('one event that goes ahead by a wrong time: those behind it are counted, and too many stop it', async () => {
  const HOUR = 3_600_000;
  const { send, frames, run } = await world({ jumpShareMax: 0.5, skewMs: HOUR });
  await send([NOON, NOON + 2 * DAY]);
  await send(Array.from({ length: 40 }, (_, i) => NOON + i));
  const task = await run();
  expect(task.describe()).toMatchObject({ known_jumps: 40, admitted_rows: 42 });
  await send(Array.from({ length: 40 }, (_, i) => NOON + i));
  await expect(async () => {
    for (let i = 0; i < 20; i++) {
      await send([NOON]);
      await task.step();
      await new Promise((turn) => setTimeout(turn, 2));
    }
  }).rejects.toMatchObject({ code: 'JUMP_SHARE_EXCEEDED' });
  await task.release();
  const before = (await frames()).flatMap(({ rows }) => rows).length;
  await (await run(20, { jumpShareMax: 1 })).release();
  expect((await frames()).flatMap(({ rows }) => rows).length).toBeGreaterThan(before);
});

test('gaps in a topic that is seldom written are no jumps', async () => {
  const { send, run } = await world({ jumpShareMax: 0, skewMs: 3_600_000 });
  await send(Array.from({ length: 150 }, (_, i) => NOON - (150 - i) * DAY));
  const task = await run();
  expect(task.describe()).toMatchObject({ admitted_rows: 150, known_jumps: 0 });
  await task.release();
});

test('scored events that come later than every group’s lateness are counted, and too many stop it', async () => {
  const { send, run } = await world({}, 'departures');
  const late = (n: number) => Array.from({ length: n }, (_, i) => NOON - 40 * DAY + i);
  await send([NOON, ...late(49)]);
  const task = await run();
  expect(task.describe()).toMatchObject({ late_rows: 49 });
  await send(late(60));
  await expect(
    (async () => {
      for (let i = 0; i < 20; i++) {
        await task.step();
        await new Promise((turn) => setTimeout(turn, 2));
      }
    })(),
  ).rejects.toThrow(/departures\/0: \d+ of the last 100 scored events are later than the lateness of every group/);
  await task.release();
  // An observed event may come as late as it likes: what it says was known no sooner.
  const observed = await world({}, 'arrivals');
  await observed.send([NOON, ...late(150)]);
  const other = await observed.run();
  expect(other.describe()).toMatchObject({ admitted_rows: 151, late_rows: 0 });
  await other.release();
});
