import { expect, test } from 'vitest';
import { FakeCluster } from './fake-cluster.js';

test('a partition that was given to a topic after it was looked up is found', async () => {
  const cluster = new FakeCluster();
  cluster.topic('calls', [1]);
  const brokers = cluster.brokers();
  expect(await brokers.leader({ topic: 'calls', partition: 0 })).toBe(1);
  cluster.topic('calls', [1, 2]);
  expect(await brokers.leader({ topic: 'calls', partition: 1 })).toBe(2);
  await expect(brokers.leader({ topic: 'calls', partition: 2 })).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  await brokers.close();
});
