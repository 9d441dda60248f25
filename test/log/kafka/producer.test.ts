import { expect, test, vi } from 'vitest';
import { KafkaProducer } from '../../../src/log/kafka/producer.js';
import { RETRY_MAX_MS } from '../../../src/log/kafka/retry.js';
import type { Outgoing } from '../../../src/log/log.js';
import { codeOf } from '../suite/support.js';
import { FakeCluster, NOT_LEADER } from './fake-cluster.js';

const MESSAGE_TOO_LARGE = 10;
const record = (partition: number, value: string | Buffer): Outgoing => ({
  topic: 't',
  partition,
  value: Buffer.from(value),
});
const producerOf = (cluster: FakeCluster) => new KafkaProducer(cluster.brokers(), () => {});
const written = (cluster: FakeCluster, partition: number) => cluster.topics.get('t')![partition]!.values;

test('calls that wait go together, and each learns where its records begin', async () => {
  const cluster = new FakeCluster();
  cluster.topic('t', [1, 2]);
  const producer = producerOf(cluster);
  const first = producer.send([record(0, 'a'), record(1, 'b'), record(0, 'c')]);
  const second = producer.send([record(1, 'd'), record(0, 'e')]);
  const base = (partition: number, baseOffset: number) => ({ topic: 't', partition, baseOffset });
  expect(await first).toEqual([base(0, 0), base(1, 0)]);
  expect(await second).toEqual([base(1, 1), base(0, 2)]);
  expect(written(cluster, 0)).toEqual(['a', 'c', 'e']);
  expect(cluster.produces.map(({ node }) => node).sort()).toEqual([1, 2]);
  await producer.close();
  expect(await codeOf(producer.send([record(0, 'z')]))).toBe('LOG_CLOSED');
});

test('what failed in passing is sent again alone, before anything that follows it', async () => {
  const cluster = new FakeCluster();
  cluster.topic('t', [1, 1]);
  cluster.produceCodes.set('t 0', [NOT_LEADER, NOT_LEADER]);
  const producer = producerOf(cluster);
  const sent = [producer.send([record(0, 'a'), record(1, 'b')])];
  await new Promise((done) => setTimeout(done, 2));
  sent.push(producer.send([record(0, 'c'), record(1, 'd')]));
  await Promise.all(sent);
  expect(written(cluster, 0)).toEqual(['a', 'c']);
  expect(written(cluster, 1)).toEqual(['b', 'd']);
  const partitions = cluster.produces.map(({ request }) =>
    request.topicData[0]!.partitions.map(({ partition }) => partition),
  );
  expect(partitions).toEqual([[0, 1], [0], [0], [0, 1]]);
  await producer.close();
});

test('a broker that drops the connection, or is no longer the leader, is worked around', async () => {
  const cluster = new FakeCluster();
  cluster.topic('t', [1]);
  const producer = producerOf(cluster);
  await producer.send([record(0, 'a')]);
  cluster.down.add(1);
  const sending = producer.send([record(0, 'b')]);
  await new Promise((done) => setTimeout(done, 30));
  cluster.topics.get('t')![0]!.leader = 2;
  expect(await sending).toEqual([{ topic: 't', partition: 0, baseOffset: 1 }]);
  expect(written(cluster, 0)).toEqual(['a', 'b']);
  await producer.close();
});

test('a refused record fails its call, and nothing of that partition follows in the same sending', async () => {
  const cluster = new FakeCluster();
  cluster.topic('t', [1, 1]);
  cluster.produceCodes.set('t 0', [MESSAGE_TOO_LARGE]);
  const producer = producerOf(cluster);
  const large = producer.send([record(0, Buffer.alloc(800_000)), record(0, Buffer.alloc(800_000)), record(1, 'x')]);
  const small = producer.send([record(1, 'y')]);
  await expect(large).rejects.toMatchObject({ code: 'LOG_REFUSED', details: { topic: 't', partition: 0 } });
  await small;
  expect(written(cluster, 0)).toEqual([]);
  expect(written(cluster, 1)).toEqual(['x', 'y']);
  expect(await codeOf(producer.send([record(0, 'again')]))).toBeNull();
  await producer.close();
});

test('a cluster that stays away is LOG_UNAVAILABLE, naming what was written', async () => {
  vi.useFakeTimers();
  try {
    const cluster = new FakeCluster();
    cluster.topic('t', [1]);
    const producer = producerOf(cluster);
    await producer.send([record(0, 'a')]);
    cluster.down.add(1).add(2);
    const failing = producer.send([record(0, 'b')]).catch((error) => error);
    await vi.advanceTimersByTimeAsync(RETRY_MAX_MS + 1_000);
    expect(await failing).toMatchObject({ code: 'LOG_UNAVAILABLE', remedy: 'retry' });
    expect((await failing).message).toContain('t[0]');
    await producer.close();
  } finally {
    vi.useRealTimers();
  }
});
