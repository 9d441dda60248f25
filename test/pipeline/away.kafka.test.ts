/** A raw partition whose leader is away, on two real brokers: the other partitions go on, it is named, and its events are served once it is back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningWorker, startWorker } from '../../src/cli/start-worker.js';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { ownTopics } from '../../src/contract/topics.js';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import { verify } from '../../src/replay/verify.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings } from '../../src/runtime/settings.js';
import { CALL, callOf, calls } from '../support/calls.js';
import { eventually } from '../support/memory-world.js';
import { vectorsOf } from '../support/outputs.js';
import { type TwoBrokers, twoBrokers } from '../support/two-brokers.js';

const HOLD_MS = 1_500;
const definition = calls('away');
const raw = definition.events[0]!.topic;
const folder = mkdtempSync(join(tmpdir(), 'headrace-away-'));
const codec = new Codec(memoryRegistry());
let kafka: TwoBrokers;
let log: KafkaLog;
let client: KafkaLog;
let worker: RunningWorker | null = null;
let encode: (call: object) => Buffer;

beforeAll(async () => {
  kafka = await twoBrokers(folder);
  await kafka.createTopic(raw, [1, 2], { 'retention.ms': '-1' });
  for (const { topic, partitions, config } of ownTopics(definition, { [raw]: 2 }))
    await kafka.createTopic(topic, Array<1>(partitions).fill(1), config);
  log = await kafkaLog({ brokers: kafka.brokers, clientId: 'away', logger: silentLogger });
  client = await kafkaLog({ brokers: kafka.brokers, clientId: 'away-worker', logger: silentLogger });
  ({ encode } = await codec.writer<object>(raw, CALL, { wide: true }));
  const settings = readSettings({ HEADRACE_FOLDER: join(folder, 'own'), HEADRACE_HOLD_MS: String(HOLD_MS) });
  const io = { log: client, codec, clock: systemClock, logger: silentLogger, settings };
  worker = await startWorker(definition, ['feature', 'inference'], io);
});
afterAll(async () => {
  await worker?.stop();
  await client?.close();
  await log?.close();
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send(partition: number, ...numbers: readonly number[]): Promise<void> {
  const producer = await log.producer();
  await producer.send(numbers.map((i) => ({ topic: raw, partition, value: encode(callOf(i, { line: 'l' })) })));
  await producer.close();
}
const served = async (partition: number) =>
  (await vectorsOf(definition, log, codec)).filter((one) => one.partition === partition).map(({ row }) => row.id);
const ids = (...numbers: readonly number[]) => numbers.map((i) => `c${i}`);
const status = () => worker!.status();

test('the partitions of the other broker go on, also what comes after the hold; nothing is lost or doubled', async () => {
  await send(0, 0, 1);
  await send(1, 2, 3);
  await eventually('all four are served', async () => (await served(0)).length + (await served(1)).length === 4);

  await kafka.kill();
  for (let i = 10; i < 15; i++) {
    await send(0, i);
    await eventually(`c${i} is served`, async () => (await served(0)).includes(`c${i}`));
  }
  await eventually('it is said', () =>
    status().some(({ numbers, because }) =>
      /has not answered|away-calls.1|broker/.test(`${numbers.waits_for} ${because?.message}`),
    ),
  );
  expect(status().filter(({ state }) => state === 'stuck')).toEqual([]);
  expect(await served(0)).toEqual(ids(0, 1, 10, 11, 12, 13, 14));

  await kafka.start();
  await eventually('it takes records', () =>
    send(1, 20).then(
      () => true,
      () => false,
    ),
  );
  await send(0, 21);
  await eventually('both go on', async () => (await served(1)).includes('c20') && (await served(0)).includes('c21'));
  const [first, second] = [await served(0), await served(1)];
  expect(first).toEqual(ids(0, 1, 10, 11, 12, 13, 14, 21));
  // A send that was tried again may have arrived before.
  expect(second.slice(0, 3)).toEqual(ids(2, 3, 20));
  expect(await verify({ definition, view: definition.views[0]!, log, codec })).toMatchObject({ differing: 0 });
});
