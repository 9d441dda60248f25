import { expect, test } from 'vitest';
import type { Fetched, Log } from '../../../src/log/log.js';
import type { Suite } from '../log-suite.js';
import { codeOf, record, send, sleep, until, values } from './support.js';

/** A reader that takes as soon as it may, or when told. */
function reader(log: Log, topic: string, offset: number, { partition = 0, eager = true } = {}) {
  const taken: Fetched[] = [];
  let calls = 0;
  const take = () => {
    const fetched = subscription.take();
    if (fetched !== null) taken.push(fetched);
    return fetched;
  };
  const subscription = log.subscribe({ topic, partition, offset }, () => {
    calls += 1;
    if (eager) take();
  });
  return {
    subscription,
    take,
    taken,
    get calls() {
      return calls;
    },
    values: () => taken.flatMap(({ records }) => values(records)),
  };
}

export function subscriptionTests(suite: Suite): void {
  test('reads on as records come, each fetch from where the last ended', async () => {
    const topic = await suite.topic();
    await send(suite.log, [record(topic, '0')]);
    const { subscription, taken, values: read } = reader(suite.log, topic, 0);
    expect(subscription).toMatchObject({ topic, partition: 0 });
    const producer = await suite.log.producer();
    for (let i = 1; i < 20; i++) {
      await producer.send([record(topic, `${i}`)]);
      if (i % 5 === 0) await sleep(20);
    }
    await producer.close();
    await until('all are read', () => read().length === 20);
    expect(read()).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
    let next = 0;
    for (const fetched of taken) {
      expect(fetched.from).toBe(next);
      expect(fetched.next).toBeGreaterThan(fetched.from);
      expect(fetched.lastStableOffset).toBeGreaterThanOrEqual(fetched.next);
      next = fetched.next;
    }
    subscription.close();
  });

  test('what is not taken stops fetching', async () => {
    const topic = await suite.topic();
    await send(suite.log, [record(topic, 'a')]);
    const slow = reader(suite.log, topic, 0, { eager: false });
    await until('ready', () => slow.calls === 1);
    await send(suite.log, [record(topic, 'b'), record(topic, 'c')]);
    await sleep(200);
    expect(slow.calls).toBe(1);
    expect(values(slow.take()!.records)).toEqual(['a']);
    expect(slow.take()).toBeNull();
    await until('ready again', () => slow.calls === 2);
    expect(values(slow.take()!.records)).toEqual(['b', 'c']);
    slow.subscription.close();
  });

  test('a fetch that moved over control records alone is told', async () => {
    const topic = await suite.topic();
    const { subscription, taken } = reader(suite.log, topic, 0);
    const transaction = await suite.under.openTransaction(suite.name('id'));
    await transaction.send([record(topic, 'x')]);
    await transaction.end(false);
    await until('it moved', () => taken.at(-1)?.next === 2);
    expect(taken.flatMap(({ records }) => records)).toEqual([]);
    subscription.close();
  });

  test('several readers of one partition read on their own', async () => {
    const topic = await suite.topic();
    const sent = Array.from({ length: 50 }, (_, i) => `${i}`);
    await send(
      suite.log,
      sent.map((value) => record(topic, value)),
    );
    const readers = [0, 0, 10, 49, 50].map((offset) => ({ offset, ...reader(suite.log, topic, offset) }));
    const held = reader(suite.log, topic, 5, { eager: false });
    await send(suite.log, [record(topic, 'new')]);
    for (const { offset, values: read, subscription } of readers) {
      await until(`the reader from ${offset} is at the end`, () => read().at(-1) === 'new');
      expect(read()).toEqual([...sent.slice(offset), 'new']);
      subscription.close();
    }
    await until('the held one is ready', () => held.calls === 1);
    expect(values(held.take()!.records)[0]).toBe('5');
    held.subscription.close();
  });

  test('one partition that is not taken does not slow the others, and taking costs no long wait', async () => {
    const topic = await suite.topic(2);
    await send(suite.log, [record(topic, 'stuck')]);
    const stuck = reader(suite.log, topic, 0, { eager: false });
    await until('it holds', () => stuck.calls === 1);
    const live = reader(suite.log, topic, 0, { partition: 1 });
    await sleep(50);
    const waits: number[] = [];
    const producer = await suite.log.producer();
    for (let i = 0; i < 20; i++) {
      const started = performance.now();
      await producer.send([record(topic, `${i}`, { partition: 1 })]);
      await until('read', () => live.values().length === i + 1);
      waits.push(performance.now() - started);
    }
    waits.sort((a, b) => a - b);
    expect(waits[10]).toBeLessThan(60);
    await producer.close();
    live.subscription.close();
    stuck.subscription.close();
  });

  test('much is read in bounded pieces', async () => {
    const topic = await suite.topic();
    const records = Array.from({ length: 24 }, (_, i) => ({ topic, partition: 0, value: Buffer.alloc(300_000, i) }));
    await send(suite.log, records);
    const { subscription, taken } = reader(suite.log, topic, 0);
    await until('all is read', () => taken.at(-1)?.next === 24);
    subscription.close();
    expect(taken.flatMap((fetched) => fetched.records.map(({ value }) => value![0]))).toEqual(records.map((_, i) => i));
    for (const fetched of taken) expect(fetched.records.length).toBeLessThan(9);
  });

  test('an error ends it: out of range, now or later, and an unknown topic', async () => {
    const topic = await suite.topic();
    await send(suite.log, [record(topic, 'a'), record(topic, 'b'), record(topic, 'c')]);
    await suite.under.deleteRecords(topic, 0, 2);
    for (const offset of [1, 4]) {
      const late = reader(suite.log, topic, offset, { eager: false });
      await until('ready', () => late.calls === 1);
      expect(await codeOf(() => late.take())).toBe('OFFSET_OUT_OF_RANGE');
      expect(await codeOf(() => late.take())).toBe('OFFSET_OUT_OF_RANGE');
      late.subscription.close();
    }
    const none = reader(suite.log, suite.name('none'), 0, { eager: false });
    await until('ready', () => none.calls === 1);
    expect(await codeOf(() => none.take())).toBe('TOPIC_UNKNOWN');
    none.subscription.close();

    const doomed = await suite.topic();
    const reading = reader(suite.log, doomed, 0, { eager: false });
    await sleep(50);
    await suite.log.deleteTopics([doomed]);
    await until('ready', () => reading.calls === 1);
    expect(await codeOf(() => reading.take())).toBe('TOPIC_UNKNOWN');
    reading.subscription.close();
  });

  test('closed, it calls no more', async () => {
    const topic = await suite.topic();
    const quiet = reader(suite.log, topic, 0);
    await sleep(20);
    quiet.subscription.close();
    await send(suite.log, [record(topic, 'a')]);
    await sleep(150);
    expect(quiet.calls).toBe(0);
    expect(quiet.take()).toBeNull();
  });
}
