/**
 * A stage that is a long way behind while what comes before it goes on: nothing grows but the topics, and status and metrics name the lag
 * and what limits it. On the real Kafka, so that what is not read yet is not in this process.
 * Held back by its own writes: first compute, then serve, then snapshot. `BEHIND_EVENTS=1000000` for a million; fewer by default.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningWorker, startWorker } from '../../src/cli/start-worker.js';
import { Codec } from '../../src/codec/avro.js';
import { confluentRegistry } from '../../src/codec/registry.js';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import type { Log, Outgoing } from '../../src/log/log.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings } from '../../src/runtime/settings.js';
import { headrace } from '../cli/support.js';
import { CALL, callOf, calls } from '../support/calls.js';
import { localKafka } from '../support/kafka.js';
import { eventually } from '../support/memory-world.js';

const EVENTS = Number(process.env.BEHIND_EVENTS ?? 60_000);
const SEND_ROWS = 5_000;
const MAX_MS = 60_000 + EVENTS / 2;
const LEAD_ROWS_MAX = 4_096;
/** Rows of one step of `route`. */
const STEP_ROWS = 8_192;
/** What the process may hold more, however far a stage is behind: a fetch and a few thousand rows of each task. */
const HEAP_MORE_MAX_MB = 96;
/** And with the snapshot's rows, of which it holds up to 200,000. */
const SNAPSHOT_ROWS_MAX = 200_000;
const ROW_MAX_KB = 1.5;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const name = `behind${Date.now().toString(36)}`;
const definition = calls(name);
const raw = definition.events[0]!.topic;
const folder = mkdtempSync(join(tmpdir(), 'headrace-behind-'));
const env = {
  HEADRACE_FOLDER: folder,
  HEADRACE_LEAD_ROWS_MAX: String(LEAD_ROWS_MAX),
  HEADRACE_MEMORY_BYTES_MAX: String(64 * 1024 * 1024),
  HEADRACE_SNAPSHOT_MS: '1000',
};
let log: KafkaLog;
let client: KafkaLog;
let worker: RunningWorker | null = null;
let encode: (call: object) => Buffer;
const gates = new Map<string, { readonly until: Promise<void>; readonly open: () => void }>();

beforeAll(async () => {
  const { brokers, registryUrl } = await localKafka();
  log = await kafkaLog({ brokers, clientId: 'behind', logger: silentLogger });
  client = await kafkaLog({ brokers, clientId: name, logger: silentLogger });
  await log.createTopics([{ topic: raw, partitions: 1, config: { 'retention.ms': '-1' } }]);
  const codec = new Codec(confluentRegistry(registryUrl));
  ({ encode } = await codec.writer<object>(raw, CALL, { wide: true }));
  for (const what of ['features.line', 'vectors', 'snapshots']) {
    let open = () => {};
    const until = new Promise<void>((done) => {
      open = done;
    });
    gates.set(`${name}.${what}`, { until, open });
  }
  const settings = readSettings(env);
  const io = { log: held(client), codec, clock: systemClock, logger: silentLogger, settings };
  worker = await startWorker(definition, ['feature', 'inference', 'training'], io);
});
afterAll(async () => {
  for (const { open } of gates.values()) open();
  await worker?.stop();
  await client?.close();
  await log?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A log whose writes to some topics take until their gate is open. */
function held(inner: Log): Log {
  const wait = async (records: readonly Outgoing[]) => {
    for (const [topic, { until }] of gates) if (records.some((one) => one.topic.startsWith(topic))) await until;
  };
  return {
    ...inner,
    async producer() {
      const producer = await inner.producer();
      const send = async (records: readonly Outgoing[]) => {
        await wait(records);
        return producer.send(records);
      };
      return { send, close: () => producer.close() };
    },
    async transactional(id) {
      const producer = await inner.transactional(id);
      const transaction = async (records: readonly Outgoing[]) => {
        await wait(records);
        return producer.transaction(records);
      };
      return { transaction, close: () => producer.close() };
    },
  };
}

const numbersOf = (task: string) => worker!.status().find((one) => one.task === task)!.numbers;
const heapMb = () => {
  gc();
  gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return (heapUsed + external + arrayBuffers) / 1024 / 1024;
};
const status = async () => (await headrace(['status'], env)).stdout;
const metrics = async () => (await fetch(`http://${worker!.http}/metrics`)).text();
const lineOf = (text: string, task: string) => text.split('\n').find((line) => line.startsWith(task))!;

test('compute, then serve, then snapshot is far behind: memory is bounded, lag and limit are said', {
  timeout: 4 * MAX_MS + 600_000,
}, async () => {
  await eventually('every task runs', () => worker!.status().every(({ state }) => state === 'running'));
  const before = heapMb();
  const producer = await log.producer();
  for (let from = 0; from < EVENTS; from += SEND_ROWS) {
    const part = Array.from({ length: Math.min(SEND_ROWS, EVENTS - from) }, (_, i) => callOf(from + i));
    await producer.send(part.map((call) => ({ topic: raw, partition: 0, value: encode(call) })));
  }
  await producer.close();

  // The group's lead bounds what is on its way; admit and the other group go on.
  await eventually('all is admitted', () => numbersOf(`admit/${raw}/0`).admitted_rows === EVENTS, MAX_MS);
  await eventually('the other group is done', () => numbersOf('route/account.v1').lag_rows === 0, MAX_MS);
  await eventually('and nothing is on its way there', () => numbersOf('route/account.v1').lead_rows === 0, MAX_MS);
  // An estimate, by the rows of the records so far, and the first ones are small.
  const isFar = (task: string) => Number(numbersOf(task).lag_rows) > 1_000;
  await eventually('the lag is said', () => isFar('route/line.v1') && isFar('serve/calls.v1/0'));
  const route = numbersOf('route/line.v1');
  expect(route.limited_by).toBe('lead');
  expect(Number(route.lead_rows)).toBeGreaterThanOrEqual(LEAD_ROWS_MAX);
  expect(Number(route.lead_rows)).toBeLessThanOrEqual(LEAD_ROWS_MAX + STEP_ROWS);
  expect(numbersOf('serve/calls.v1/0').limited_by).toBe('features');
  const first = await status();
  expect(lineOf(first, 'route/line.v1')).toMatch(/running +[\d,]+ .*compute\/line\.v1\/\d.*rows are on their way/);
  expect(lineOf(first, 'serve/calls.v1/0')).toContain(`${name}.features.line-`);
  const text = await metrics();
  expect(text).toContain('headrace_task_limit_state{task="route/line.v1",by="lead"} 1');
  expect(text).toContain('headrace_task_limit_state{task="serve/calls.v1/0",by="features"} 1');
  expect(text).toMatch(/headrace_lag_rows\{task="route\/line\.v1"\} [1-9]/);
  const computeBehind = heapMb() - before;

  gates.get(`${name}.features.line`)!.open();
  await eventually(
    'all features are there',
    () => numbersOf('route/line.v1').lead_rows === 0 && numbersOf('route/line.v1').lag_rows === 0,
    MAX_MS,
  );
  expect(isFar('serve/calls.v1/0')).toBe(true);
  expect(Number(numbersOf('serve/calls.v1/0').held_rows)).toBeLessThan(6 * STEP_ROWS);
  expect(lineOf(await status(), 'serve/calls.v1/0')).toMatch(/running +[1-9][\d,]+ /);
  const serveBehind = heapMb() - before;

  gates.get(`${name}.vectors`)!.open();
  await eventually('all is served', () => numbersOf('serve/calls.v1/0').vectors === EVENTS, MAX_MS);
  await eventually('the lag is said', () => {
    const { lag_rows: lag, held_rows: held } = numbersOf('snapshot/calls.v1');
    // Lag is an estimate, by the rows of the records so far, and the first ones are small: what is not held is said, if not how much it is.
    return Number(lag) > 0 || Number(held) > EVENTS / 2;
  });
  expect(lineOf(await status(), 'snapshot/calls.v1')).toMatch(/running +[\d,]+ /);
  const snapshotBehind = heapMb() - before;
  gates.get(`${name}.snapshots`)!.open();
  await eventually('all is in a snapshot', () => numbersOf('snapshot/calls.v1').rows === EVENTS, MAX_MS);
  const after = heapMb() - before;

  const mb = [computeBehind, serveBehind, snapshotBehind, after].map(Math.round);
  console.log(`${EVENTS} events behind; MB more: ${mb.join(', ')} (compute, serve, snapshot behind; none)`);
  expect(computeBehind).toBeLessThan(HEAP_MORE_MAX_MB);
  expect(serveBehind).toBeLessThan(HEAP_MORE_MAX_MB);
  expect(snapshotBehind).toBeLessThan(HEAP_MORE_MAX_MB + (SNAPSHOT_ROWS_MAX * ROW_MAX_KB) / 1024);
  expect(after).toBeLessThan(HEAP_MORE_MAX_MB);
});
