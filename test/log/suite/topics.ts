import { expect, test } from 'vitest';
import type { Suite } from '../log-suite.js';
import { at, codeOf, record, send, values } from './support.js';

export function topicTests(suite: Suite): void {
  test('are created once, described, listed and deleted', async () => {
    const topic = await suite.topic(3, { 'cleanup.policy': 'compact', 'retention.ms': '1234567' });
    await send(suite.log, [record(topic, 'kept', { key: 'k' })]);
    await suite.log.createTopics([
      { topic, partitions: 7, config: {} },
      { topic: `${topic}-b`, partitions: 1, config: {} },
    ]);
    const info = await suite.log.describeTopic(topic);
    expect(info).toMatchObject({ topic, partitions: 3 });
    expect(info!.config).toMatchObject({ 'cleanup.policy': 'compact', 'retention.ms': '1234567' });
    expect(info!.config['message.timestamp.type']).toBe('CreateTime');
    expect(values((await suite.log.fetch({ ...at(topic), offset: 0 })).records)).toEqual(['kept']);
    expect(await suite.log.listTopics()).toEqual(expect.arrayContaining([topic, `${topic}-b`]));

    await suite.log.deleteTopics([topic, `${topic}-none`]);
    expect(await suite.log.describeTopic(topic)).toBeNull();
    expect(await suite.log.listTopics()).not.toContain(topic);
  });

  test('that are unknown are named by every call', async () => {
    const { log } = suite;
    const topic = suite.name('unknown');
    const known = await suite.topic();
    expect(await log.describeTopic(topic)).toBeNull();
    expect(await codeOf(log.offsets([at(known), at(topic)]))).toBe('TOPIC_UNKNOWN');
    expect(await codeOf(log.offsets([at(known, 1)]))).toBe('TOPIC_UNKNOWN');
    expect(await codeOf(log.fetch({ ...at(topic), offset: 0 }))).toBe('TOPIC_UNKNOWN');
    expect(await codeOf(send(log, [record(topic, 'x')]))).toBe('TOPIC_UNKNOWN');
    expect(await codeOf(send(log, [record(known, 'x', { partition: 1 })]))).toBe('TOPIC_UNKNOWN');
    const producer = await log.transactional(suite.name('id'));
    expect(await codeOf(producer.transaction([record(known, 'x'), record(topic, 'x')]))).toBe('TOPIC_UNKNOWN');
    await producer.close();
    expect(await codeOf(log.join(suite.name('group'), topic, () => {}))).toBe('TOPIC_UNKNOWN');
    expect((await log.fetch({ ...at(known), offset: 0 }, { maxWaitMs: 0 })).records).toEqual([]);
  });
}
