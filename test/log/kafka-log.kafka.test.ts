import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Brokers, GROUP } from '../../src/log/kafka/brokers.js';
import { connector, kafkajsClient } from '../../src/log/kafka/client.js';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import { localKafka } from '../support/kafka.js';
import { logSuite } from './log-suite.js';
import { codeOf, failureOf, fetchAll, record, until, values } from './suite/support.js';

logSuite('kafka', async () => {
  const { brokers } = await localKafka();
  const open = () => kafkaLog({ brokers, clientId: 'log-suite' });
  const log = await open();
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  return {
    log,
    newClient: open,
    openTransaction: (transactionalId) => log.transactional(transactionalId),
    async deleteRecords(topic, partition, before) {
      // Without it kafkajs knows no topic.
      await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    },
    async close() {
      await admin.disconnect();
      await log.close();
    },
  };
});

describe('Log: Kafka’s own', () => {
  let brokers: readonly string[];
  let log: KafkaLog;
  let client: kafkajs.Kafka;
  let topic: string;
  beforeAll(async () => {
    ({ brokers } = await localKafka());
    log = await kafkaLog({ brokers, clientId: 'log-own' });
    client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
    topic = `own-${Date.now().toString(36)}`;
    await log.createTopics([{ topic, partitions: 4, config: { 'max.message.bytes': '5000' } }]);
  });
  afterAll(async () => {
    await log?.close();
  });

  test('records of other clients are read, packed or not', async () => {
    const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    for (const compression of [kafkajs.CompressionTypes.GZIP, kafkajs.CompressionTypes.None]) {
      const messages = ['a', 'b', 'c'].map((value) => ({ value, partition: 1 }));
      await producer.send({ topic, compression, messages });
    }
    await producer.disconnect();
    expect(values((await fetchAll(log, topic, 1, 1)).records)).toEqual(['b', 'c', 'a', 'b', 'c']);
  });

  test('a record that the topic refuses is LOG_REFUSED, and the producer goes on', async () => {
    const producer = await log.producer();
    const failure = await failureOf(producer.send([record(topic, 'x'.repeat(6_000))]));
    expect(failure).toMatchObject({ code: 'LOG_REFUSED', details: { topic, partition: 0 } });
    expect(await codeOf(producer.send([record(topic, 'small')]))).toBeNull();
    await producer.close();
  });

  test('settings that Kafka does not know are LOG_REFUSED, named', async () => {
    const failure = await failureOf(
      log.createTopics([{ topic: `${topic}-bad`, partitions: 1, config: { colour: 'red' } }]),
    );
    expect(failure.code).toBe('LOG_REFUSED');
    expect(failure.message).toContain('colour');
  });

  test('a failed transaction leaves nothing open', async () => {
    const producer = await log.transactional(`${topic}-id`);
    const large = { ...record(topic, 'x'.repeat(6_000)), partition: 3 };
    expect(await codeOf(producer.transaction([{ ...record(topic, 'a'), partition: 2 }, large]))).toBe('LOG_REFUSED');
    expect(await codeOf(producer.transaction([record(topic, 'b')]))).toBe('LOG_UNAVAILABLE');
    await until('it is aborted', async () => {
      const ends = await log.offsets([2, 3].map((partition) => ({ topic, partition })));
      return ends[0]!.lastStable === 2;
    });
    expect((await fetchAll(log, topic, 0, 2)).records).toEqual([]);
    await producer.close();
  });

  test('a member that the group has thrown out joins again', async () => {
    const group = `${topic}-group`;
    const calls: (readonly number[])[] = [];
    const member = await log.join(group, topic, (partitions) => calls.push(partitions));
    expect(calls).toEqual([[0, 1, 2, 3]]);
    const outside = new Brokers(connector(kafkajsClient({ brokers, clientId: 'outside' })), brokers);
    const [described] = (
      await outside.askCoordinator(GROUP, group, (broker) => broker.describeGroups({ groupIds: [group] }))
    ).groups;
    const { memberId } = described!.members[0] as { memberId: string };
    await outside.askCoordinator(GROUP, group, (broker) => broker.leaveGroup({ groupId: group, memberId }));
    await until('it is back', () => calls.length === 2, 5_000);
    expect(calls[1]).toEqual([0, 1, 2, 3]);
    expect(await codeOf(log.commit(group, topic, new Map([[0, 1]])))).toBe('LOG_REFUSED');
    await member.leave();
    expect(await codeOf(log.commit(group, topic, new Map([[0, 1]])))).toBeNull();
    await outside.close();
  });

  test('brokers that are not there are LOG_UNAVAILABLE, named', async () => {
    const failure = await failureOf(kafkaLog({ brokers: ['127.0.0.1:1'], clientId: 'nobody' }));
    expect(failure.code).toBe('LOG_UNAVAILABLE');
    expect(failure.message).toContain('127.0.0.1:1');
  });
});
