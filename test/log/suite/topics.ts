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

  test('are told from others of the same name', async () => {
    const { log } = suite;
    const [a, b] = [await suite.topic(3), await suite.topic(1)];
    const names = [a, suite.name('none'), b];
    const first = await log.identify(names);
    expect([...first].map(([topic, { partitions }]) => [topic, partitions])).toEqual(
      expect.arrayContaining([
        [a, 3],
        [b, 1],
      ]),
    );
    expect(first.size).toBe(2);
    expect(first.get(a)!.id).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(await log.identify(names)).toEqual(first);
    await log.deleteTopics([a]);
    expect((await log.identify([a])).size).toBe(0);
    await log.createTopics([{ topic: a, partitions: 2, config: {} }]);
    const second = (await log.identify(names)).get(a)!;
    expect(second.partitions).toBe(2);
    expect(second.id).not.toBe(first.get(a)!.id);
    expect(await log.identify([])).toEqual(new Map());
  });

  test('are given more partitions, and keep what they have', async () => {
    const { log } = suite;
    const topic = await suite.topic(1, { 'message.timestamp.type': 'LogAppendTime' });
    await send(log, [record(topic, 'kept')]);
    const before = await log.identify([topic]);
    await log.growTopics([{ topic, partitions: 3 }]);
    await log.growTopics([{ topic, partitions: 2 }]);
    expect((await log.describeTopic(topic))!.partitions).toBe(3);
    expect((await log.identify([topic])).get(topic)).toEqual({ id: before.get(topic)!.id, partitions: 3 });
    await send(log, [record(topic, 'new', { partition: 2 })]);
    expect(values((await log.fetch({ ...at(topic), offset: 0 })).records)).toEqual(['kept']);
    expect(values((await log.fetch({ ...at(topic, 2), offset: 0 })).records)).toEqual(['new']);
    expect(await codeOf(log.growTopics([{ topic: suite.name('none'), partitions: 2 }]))).toBe('TOPIC_UNKNOWN');
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
