/** Raw topics packed by each codec: the broker packs what comes, by its own encoders (Java's), and we read it. */
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import { localKafka } from '../support/kafka.js';
import { packed, unpacked } from './kafka/packed.js';
import { fetchAll, send } from './suite/support.js';

const CODECS = ['snappy', 'lz4', 'zstd', 'gzip', 'uncompressed'];
let log: KafkaLog;
let admin: kafkajs.Admin;
const name = (what: string) => `packed-${what}-${Date.now().toString(36)}`;

beforeAll(async () => {
  const { brokers } = await localKafka();
  log = await kafkaLog({ brokers, clientId: 'codecs' });
  admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await admin?.disconnect();
  await log?.close();
});

test.each(CODECS)('a topic whose broker packs by %s is read', async (codec) => {
  const topic = name(codec);
  await log.createTopics([{ topic, partitions: 1, config: { 'compression.type': codec } }]);
  await send(log, packed(topic));
  expect((await fetchAll(log, topic, 0)).records).toEqual(unpacked());
});

test('codecs may change within a partition, and a reader may start within a batch', async () => {
  const topic = name('mixed');
  await log.createTopics([{ topic, partitions: 1, config: {} }]);
  const expected = [];
  for (const [i, value] of [...CODECS, ...CODECS].entries()) {
    const configEntries = [{ name: 'compression.type', value }];
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }];
    await admin.alterConfigs({ validateOnly: false, resources });
    await send(log, packed(topic, i * 50, 50));
    expected.push(...unpacked(i * 50, i * 50, 50));
  }
  for (const from of [0, 33, 260]) expect((await fetchAll(log, topic, from)).records).toEqual(expected.slice(from));
});
