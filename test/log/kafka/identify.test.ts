import { expect, test } from 'vitest';
import { decodeIdentities, identify } from '../../../src/log/kafka/identify.js';
import { FakeCluster } from './fake-cluster.js';

test('a broker that is too old for ids still tells which topics exist, and their partitions', async () => {
  const cluster = new FakeCluster();
  cluster.topic('here', [1, 2, 1]);
  const brokers = cluster.brokers();
  expect(await brokers.askAny((broker) => identify(broker, ['here', 'none']))).toEqual(
    new Map([['here', { id: null, partitions: 3 }]]),
  );
  await brokers.close();
});

test('an answer as it is on the wire: tagged fields are passed over, an id of zeros is none', () => {
  const id = Buffer.alloc(16, 7);
  const topic = (code: number, name: string, bytes: Buffer) => [
    Buffer.from([code >> 8, code, name.length + 1]),
    Buffer.from(name),
    bytes,
    Buffer.from([0, 2]), // not internal; one partition
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5]),
    Buffer.from([2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 1, 0]), // replicas, in sync, offline; no tags
    Buffer.from([0, 0, 0, 0, 0]),
  ];
  const answer = Buffer.concat([
    Buffer.from([1, 9, 2, 88, 88]), // one tagged field of two bytes
    Buffer.from([0, 0, 0, 42]), // throttle
    Buffer.from([2, 0, 0, 0, 1, 2, 104, 0, 0, 0x23, 0x84, 0, 0]), // one broker, without rack
    Buffer.from([3, 97, 98, 0, 0, 0, 1]), // cluster id, controller
    Buffer.from([3]),
    ...topic(0, 'ab', id),
    ...topic(3, 'c', Buffer.alloc(16)),
  ]);
  expect(decodeIdentities(answer)).toEqual({
    clientSideThrottleTime: 42,
    topics: [
      { code: 0, topic: 'ab', id: id.toString('hex'), partitions: 1 },
      { code: 3, topic: 'c', id: null, partitions: 1 },
    ],
  });
});
