import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { redrive } from '../../src/cli/dead-letters-redrive.js';
import type { RunningWorker } from '../../src/cli/start-worker.js';
import { livingProcesses } from '../../src/dev/record.js';
import type { KafkaLog } from '../../src/log/kafka-log.js';
import { verify } from '../../src/replay/verify.js';
import { readSettings } from '../../src/runtime/settings.js';
import type { RecordSchema, TopologyDefinition } from '../../src/topology/definition.js';
import { CALL, callOf, calls } from '../support/calls.js';
import { eventually } from '../support/memory-world.js';
import { lettersOf, vectorsOf } from '../support/outputs.js';
import { OwnKafka } from '../support/own-kafka.js';

const OUTAGE_MS = 20_000;

let own: OwnKafka;
let log: KafkaLog;
let kafka: kafkajs.Kafka;

beforeAll(async () => {
  own = await OwnKafka.open('bad-days');
  log = own.log;
  kafka = new kafkajs.Kafka({ brokers: [...own.brokers], logLevel: kafkajs.logLevel.NOTHING });
});
afterEach(() => own.stopAll());
afterAll(() => own?.close());

interface Sent {
  readonly partition?: number;
  readonly value: Buffer | null;
  readonly headers?: Record<string, string>;
}

/** A topology of that name on a raw topic of its own. */
async function world(name: string, { partitions = 1, config = {}, env = {} } = {}) {
  const definition = calls(name);
  const raw = definition.events[0]!.topic;
  await log.createTopics([{ topic: raw, partitions, config: { 'retention.ms': '-1', ...config } }]);
  const codec = own.codec();
  const { encode } = await codec.writer<object>(raw, CALL, { wide: true });
  const settings = readSettings({ HEADRACE_FOLDER: join(own.folder, name), HEADRACE_CHECKPOINT_MS: '200', ...env });
  const vectors = async (of: TopologyDefinition = definition) =>
    (await vectorsOf(of, log, codec)).map(({ partition, row }) => ({ ...row, partition }));
  return {
    name,
    definition,
    raw,
    codec,
    settings,
    encode,
    vectors,
    /** A writer of another schema of that record, under a subject of its own. */
    writer: async (as: string, schema: RecordSchema) =>
      (await codec.writer<object>(`${raw}-${as}`, schema, { wide: false })).encode,
    async send(records: readonly (Sent | Buffer)[]) {
      const producer = await log.producer();
      await producer.send(
        records.map((one) => ({ topic: raw, partition: 0, ...(Buffer.isBuffer(one) ? { value: one } : one) })),
      );
      await producer.close();
    },
    start: (of: TopologyDefinition = definition) => own.start(of, ['feature', 'inference'], settings),
    there: (count: number, of?: TopologyDefinition) =>
      eventually(`${count} vectors are there`, async () => (await vectors(of)).length >= count),
    letters: () => lettersOf(definition, log, raw),
    verify: () => verify({ definition, view: definition.views[0]!, log, codec }),
  };
}

const statusOf = (worker: RunningWorker, task: string) => worker.status().find((one) => one.task === task)!;
const stuck = async (worker: RunningWorker, task: string, code: string) => {
  await eventually(`${task} says ${code}`, () => statusOf(worker, task)?.because?.code === code);
  return statusOf(worker, task).because!.message;
};
const metricsOf = async (worker: RunningWorker) => (await fetch(`http://${worker.http}/metrics`)).text();
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
const idsOf = (...numbers: number[]) => numbers.map((n) => `c${n}`);

/** The schema of calls, with fields in another way, or without them (null). */
function evolved(changes: Readonly<Record<string, object | null>>, added: RecordSchema['fields'] = []): RecordSchema {
  const fields = CALL.fields.flatMap((field) => {
    const change = changes[field.name];
    return change === null ? [] : [change === undefined ? field : ({ ...field, ...change } as typeof field)];
  });
  return { ...CALL, fields: [...fields, ...added] };
}

test('old and new writers on one partition, while a worker runs; what cannot be read by value is a letter; what can never be is named', async () => {
  const here = await world('evolving');
  const plain = (i: number) => callOf(i, { line: 'l' });
  const without = (i: number, ...names: string[]) =>
    Object.fromEntries(Object.entries(plain(i)).filter(([name]) => !names.includes(name)));
  const old = await here.writer('old', evolved({ note: null, hops: null, mixed: null, kind: null }));
  const ints = await here.writer(
    'ints',
    evolved({ bytes: { type: ['null', 'int'] }, account: { type: 'int', default: 0 } }),
  );
  const added = await here.writer('added', evolved({}, [{ name: 'region', type: 'string' }]));
  const dropped = await here.writer('dropped', evolved({ seconds: null }));
  const renamed = await here.writer('renamed', evolved({ line: { name: 'phone', aliases: [] } }));
  const symbols = { type: 'enum', name: 'Kind', symbols: ['IN', 'VIDEO', 'OUT'] };
  const wider = await here.writer(
    'wider',
    evolved({ kind: { type: symbols }, note: { type: ['null', 'string', 'long'] } }),
  );
  const makers = [
    (i: number) => here.encode(plain(i)),
    (i: number) => old(without(i, 'note', 'hops', 'mixed', 'kind')),
    (i: number) => ints(plain(i)),
    (i: number) => added({ ...plain(i), region: 'eu' }),
    (i: number) => dropped(without(i, 'seconds')),
    (i: number) => renamed({ ...without(i, 'line'), phone: 'l' }),
    (i: number) => wider({ ...plain(i), kind: 'OUT', note: 'read' }),
  ];
  await here.send([here.encode(plain(0))]);
  const worker = await here.start();
  await here.there(1);
  // One after the other, and each writer again after each other one.
  for (let i = 1; i < 50; i++) {
    const made = makers[(i * 3) % makers.length]!(i);
    if (i % 7 === 0) await here.send([made, wider({ ...plain(100 + i), kind: 'VIDEO' })]);
    else await here.send([made]);
  }
  await here.there(50);
  const rows = await here.vectors();
  expect(ids(rows)).toEqual(idsOf(...Array.from({ length: 50 }, (_, i) => i)));
  expect(rows.map(({ features }) => features.calls_1d)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(rows.at(-1)!.features.bytes_max).toBe(49);
  const letters = await here.letters();
  expect(letters.map(({ code }) => code)).toEqual(Array(7).fill('RECORD_UNREADABLE'));
  expect(letters[0]!.message).toContain('field kind: VIDEO is no symbol of enum Kind, which has no default');

  const bad = await here.writer('bad', evolved({ mixed: { type: 'string', default: '' } }));
  await here.send([
    here.encode(plain(60)),
    makers[2]!(61),
    bad({ ...plain(62), mixed: 'text' }),
    here.encode(plain(63)),
  ]);
  const said = await stuck(worker, 'admit/evolving-calls/0', 'SCHEMA_INCOMPATIBLE');
  expect(said).toMatch(
    /evolving-calls\/0 offset 59: schema \d+ \(evolving-calls-bad-value version 1\) cannot be read as Call: field mixed: string cannot be read as /,
  );
  await here.there(52);
  await own.stop(worker);
  expect(ids(await here.vectors()).slice(50)).toEqual(idsOf(60, 61));
  // A schema that reads both: everything goes on where it stood.
  const [event] = here.definition.events;
  const corrected = evolved({ mixed: { type: ['null', 'long', 'double', 'string'] } });
  const definition = { ...here.definition, events: [{ ...event!, schema: corrected }] };
  await here.start(definition);
  await here.there(54);
  expect(ids(await here.vectors()).slice(50)).toEqual(idsOf(60, 61, 62, 63));
  expect(await here.letters()).toHaveLength(7);
});

test('values that are none, tombstones, null keys and clocks that are wrong: each once, as a vector or a letter', async () => {
  const here = await world('odd');
  const year = Date.now() + 366 * 86_400_000;
  await here.send([
    here.encode(callOf(0, { line: null, account: null })),
    { value: null },
    here.encode(callOf(1, { seconds: Number.NaN })),
    here.encode(callOf(2, { seconds: Number.POSITIVE_INFINITY, line: 'l1' })),
    here.encode(callOf(3, { time: year })),
    here.encode(callOf(4, { account: 2 ** 60 })),
    here.encode(callOf(5, { bytes: 2 ** 60 })),
    here.encode(callOf(6, { hops: [2 ** 60] })),
    here.encode(callOf(7)),
  ]);
  const worker = await here.start();
  await here.there(6);
  expect((await here.letters()).map(({ code, offset }) => [offset, code])).toEqual([
    [1, 'RECORD_EMPTY'],
    [4, 'EVENT_IN_THE_FUTURE'],
    [5, 'EVENT_LONG_INEXACT'],
  ]);
  const rows = await here.vectors();
  expect(ids(rows)).toEqual(idsOf(0, 1, 2, 5, 6, 7));
  expect(rows[0]!.features).toMatchObject({ calls_1d: null, account_calls: null });
  expect(rows.map(({ features }) => features.seconds)).toEqual([1.5, null, null, 1.5, 1.5, 1.5]);
  expect(rows[2]!.features).toMatchObject({ calls_1d: 2, seconds_1d: null });
  expect(rows[3]!.features.bytes_max).toBe(2 ** 60);
  const text = await metricsOf(worker);
  expect(text).toMatch(/headrace_not_finite_total\{task="compute\/line\.v1\/\d"\} 2/);
  expect(text).toMatch(/headrace_rounded_longs_total\{task="admit\/odd-calls\/0"\} 1/);
});

test('large records: up to the bound they are served, beyond it they are letters; frames and state records are as large as they must be', async () => {
  const here = await world('large', { config: { 'max.message.bytes': String(4 * 1024 * 1024) } });
  const note = (bytes: number) => 'n'.repeat(bytes);
  const sizes = [500_000, 523_000, 530_000, 890_000, 1_040_000, 2_000_000];
  const records = sizes.map((bytes, i) => here.encode(callOf(i, { line: 'l', note: note(bytes) })));
  // One chunk of an entity's state holds these: more than a record of Kafka's default size.
  const many = Array.from({ length: 60 }, (_, i) =>
    here.encode(callOf(10 + i, { line: 'l', note: `${i}${note(60_000)}` })),
  );
  const long = here.encode(callOf(90, { line: 'l', hops: Array.from({ length: 300_000 }, (_, i) => i % 50) }));
  const worker = await here.start();
  for (const record of [...records, ...many, long, here.encode(callOf(99))]) await here.send([record]);
  await here.there(64);
  const rows = await here.vectors();
  expect(ids(rows)).toEqual(idsOf(0, 1, ...Array.from({ length: 60 }, (_, i) => 10 + i), 90, 99));
  expect(rows.slice(0, 3).map(({ features }) => (features.note_last as string).length)).toEqual([
    500_000, 523_000, 60_001,
  ]);
  expect(
    (await here.letters()).map(({ code, offset, withheldBytes }) => [code, offset, withheldBytes !== null]),
  ).toEqual([
    ['RECORD_TOO_LARGE', 2, false],
    ['RECORD_TOO_LARGE', 3, false],
    ['RECORD_TOO_LARGE', 4, true],
    ['RECORD_TOO_LARGE', 5, true],
  ]);
  await eventually('state is saved', () =>
    worker.status().every(({ state, numbers }) => state === 'running' && !(Number(numbers.dirty_bytes ?? 0) > 0)),
  );
  expect(await here.verify()).toMatchObject({ differing: 0 });
});

test('an open transaction of another producer: named, others go on, then its records are read or never seen', async () => {
  const here = await world('foreign', { partitions: 2 });
  const call = (i: number) => here.encode(callOf(i, { line: 'l' }));
  await here.send([call(0)]);
  const worker = await here.start();
  await here.there(1);
  const producer = kafka.producer({ transactionalId: 'foreign', maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  for (const ends of ['abort', 'commit'] as const) {
    const from = ends === 'abort' ? 10 : 20;
    const open = await producer.transaction();
    await open.send({
      topic: here.raw,
      messages: [
        { partition: 0, value: call(from) },
        { partition: 0, value: call(from + 1) },
      ],
    });
    await here.send([call(from + 2), { partition: 1, value: call(from + 3) }]);
    await eventually('it is said', () =>
      /open transaction/.test(String(statusOf(worker, `admit/${here.raw}/0`).numbers.waits_for)),
    );
    expect(statusOf(worker, `admit/${here.raw}/0`).numbers.waits_for).toMatch(
      /^a producer's open transaction at offset \d+: up to 3 records are undecided for \d s$/,
    );
    expect(await metricsOf(worker)).toContain(
      `headrace_task_limit_state{task="admit/${here.raw}/0",by="transaction"} 1`,
    );
    await eventually('the other partition goes on', async () => ids(await here.vectors()).includes(`c${from + 3}`));
    expect(ids(await here.vectors())).not.toContain(`c${from + 2}`);
    await open[ends]();
    await eventually('all that is decided is there', async () => ids(await here.vectors()).includes(`c${from + 2}`));
    expect(statusOf(worker, `admit/${here.raw}/0`).numbers.waits_for).toBeNull();
  }
  await producer.disconnect();
  expect(ids(await here.vectors()).sort()).toEqual(idsOf(0, 12, 13, 20, 21, 22, 23));
  expect(await here.letters()).toEqual([]);
  expect(await here.verify()).toMatchObject({ differing: 0 });
});

test('a partition far behind, and one that never gets an event: what was known earlier comes first, and nobody waits for ever', async () => {
  const here = await world('behind', { partitions: 3 });
  const MANY = 12_000;
  const LATE = 100;
  const all = (i: number) => ({ line: 'l', account: i % 2 });
  await here.send(
    Array.from({ length: LATE }, (_, i) => ({ partition: 1, value: here.encode(callOf(MANY + i, all(i))) })),
  );
  for (let from = 0; from < MANY; from += 3_000)
    await here.send(Array.from({ length: 3_000 }, (_, i) => here.encode(callOf(from + i, all(from + i)))));
  const worker = await here.start();
  await here.there(MANY + LATE);
  const rows = await here.vectors();
  const calls = rows.filter(({ partition }) => partition === 1).map(({ features }) => features.calls_1d);
  expect(calls).toEqual(Array.from({ length: LATE }, (_, i) => MANY + i + 1));
  expect(worker.status().reduce((sum, { numbers }) => sum + Number(numbers.away_total ?? 0), 0)).toBe(0);
  const route = () => statusOf(worker, 'route/line.v1').numbers;
  await eventually('nothing is on its way', () => route().lead_rows === 0);
  expect(route()).toMatchObject({ lag_rows: 0, limited_by: null, waits_for: null });
});

test('shares of bad and of late records above the bound stop the stage, and say why; after a correction it goes on', async () => {
  const env = { HEADRACE_SHARE_RECORDS: '20', HEADRACE_JUMP_SHARE_MAX: '1' };
  const here = await world('shares', { env });
  const good = Array.from({ length: 20 }, (_, i) => here.encode(callOf(i)));
  const bad = Array.from({ length: 15 }, (_, i) => Buffer.from(`no avro ${i}`));
  const worker = await here.start();
  await here.send(good);
  await here.there(20);
  await here.send([...bad, here.encode(callOf(20))]);
  expect(await stuck(worker, 'admit/shares-calls/0', 'BAD_SHARE_EXCEEDED')).toMatch(
    /shares-calls\/0: 11 of the last 20 records are bad, mostly RECORD_UNREADABLE .*HEADRACE_BAD_SHARE_MAX \(0\.5\)/,
  );
  await own.stop(worker);
  expect(await here.letters()).toEqual([]);
  // The window begins anew: these are too few to stop it.
  const again = await here.start();
  await here.there(21);
  expect(await here.letters()).toHaveLength(15);
  const late = Array.from({ length: 20 }, (_, i) =>
    here.encode(callOf(30 + i, { time: (callOf(0).time as number) - 3 * 86_400_000 })),
  );
  await here.send(late);
  expect(await stuck(again, 'admit/shares-calls/0', 'LATE_SHARE_EXCEEDED')).toMatch(
    /scored events are later than the lateness/,
  );
});

test('dead letters are sent again: by filter, after a dry run, at most so many, each once', async () => {
  const here = await world('again');
  const unknown = here.encode(callOf(1, { account: 2 ** 60 }));
  await here.send([here.encode(callOf(0)), ...Array.from({ length: 6 }, (_, i) => Buffer.from(`text ${i}`)), unknown]);
  await here.start();
  await here.there(1);
  await eventually('the letters are there', async () => (await here.letters()).length === 7);
  const run = (more: object) =>
    redrive(log, here.name, [here.raw], { dryRun: false, max: 1_000, attemptsMax: 2, again: false, ...more });
  const unreadable = { error: 'RECORD_UNREADABLE' };
  const end = async () => (await log.offsets([{ topic: here.raw, partition: 0 }]))[0]!.lastStable;
  const before = await end();
  expect(await run({ ...unreadable, dryRun: true, max: 4 })).toMatchObject({ redriven: 4, skipped: { beyondMax: 2 } });
  expect(await end()).toBe(before);
  expect(await run({ ...unreadable, max: 4 })).toMatchObject({ redriven: 4, byError: { RECORD_UNREADABLE: 4 } });
  await eventually('they are refused once more', async () => (await here.letters()).length === 11);
  expect((await here.letters()).slice(7).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  // Two that were not sent yet, and the four new letters.
  expect(await run(unreadable)).toMatchObject({ redriven: 6, skipped: { redrivenBefore: 4 } });
  await eventually('and once more', async () => (await here.letters()).length === 17);
  expect(await run(unreadable)).toMatchObject({ redriven: 2, skipped: { redrivenBefore: 10, attemptsUsedUp: 4 } });
  expect(await run({ error: 'EVENT_LONG_INEXACT', dryRun: true })).toMatchObject({ redriven: 1 });
});

test('broker and registry are killed while a worker runs, and the registry is away at a start: nothing is lost or doubled', async () => {
  const here = await world('killed');
  const COUNT = 30;
  const send = (from: number, encode: (call: object) => Buffer = here.encode) =>
    here.send(Array.from({ length: COUNT }, (_, i) => encode(callOf(from + i, { line: 'l' }))));
  await send(0);
  const worker = await here.start();
  await here.there(COUNT);
  const newer = await here.writer('newer', evolved({}, [{ name: 'region', type: 'string' }]));

  // The registry's store writes with a delay.
  await sleep(2_000);
  process.kill(livingProcesses(own.kafkaFolder).registry!.pid, 'SIGKILL');
  await send(COUNT);
  // Known schemas need no registry; a new one waits for it, and says so.
  await here.there(2 * COUNT);
  await send(2 * COUNT, (call) => newer({ ...call, region: 'eu' }));
  await eventually('admit waits', () => statusOf(worker, 'admit/killed-calls/0').state === 'waiting');
  expect(statusOf(worker, 'admit/killed-calls/0').because).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  await sleep(OUTAGE_MS);
  await expect(here.start()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', remedy: 'retry' });
  expect(await here.letters()).toEqual([]);
  await own.up();
  await here.there(3 * COUNT);

  process.kill(livingProcesses(own.kafkaFolder).kafka!.pid, 'SIGKILL');
  await eventually('it is said', () =>
    worker.status().some(({ numbers }) => /has not answered for/.test(String(numbers.waits_for))),
  );
  await own.up();
  await eventually('the broker takes records', () =>
    send(3 * COUNT).then(
      () => true,
      () => false,
    ),
  );
  await here.there(4 * COUNT);
  const rows = await here.vectors();
  expect(rows.map(({ offset }) => offset)).toEqual(rows.map((_, i) => i));
  expect(rows.length).toBeGreaterThanOrEqual(4 * COUNT);
  expect(await here.verify()).toMatchObject({ differing: 0 });
});
