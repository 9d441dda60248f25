import { expect, test } from 'vitest';
import type { Suite } from '../log-suite.js';
import { at, codeOf, fetchAll, record, send, settled, values } from './support.js';

export function transactionTests(suite: Suite): void {
  const stable = async (topic: string) => (await suite.log.offsets([at(topic)]))[0]!.lastStable;

  test('all of the records or none, across topics and partitions', async () => {
    const [one, two] = [await suite.topic(2), await suite.topic()];
    const producer = await suite.log.transactional(suite.name('id'));
    const appended = await producer.transaction([
      record(one, 'a'),
      record(one, 'b', { partition: 1 }),
      record(two, 'c', { key: 'k', headers: { h: '1' } }),
      record(one, 'd'),
    ]);
    expect(appended).toHaveLength(3);
    expect(appended.every(({ baseOffset }) => baseOffset === 0)).toBe(true);
    await settled(suite.log, one, 3);
    await settled(suite.log, one, 2, 1);
    await settled(suite.log, two, 2);
    expect(values((await fetchAll(suite.log, one, 0)).records)).toEqual(['a', 'd']);
    expect(values((await fetchAll(suite.log, one, 0, 1)).records)).toEqual(['b']);
    expect((await fetchAll(suite.log, two, 0)).records).toMatchObject([
      { key: Buffer.from('k'), headers: { h: Buffer.from('1') } },
    ]);
    expect(await producer.transaction([])).toEqual([]);
    const second = await producer.transaction([record(two, 'e')]);
    expect(second[0]!.baseOffset).toBe(2); // Offset 1 is the first transaction's control record.
    await producer.close();
  });

  test('an open transaction holds the last stable offset, and hides what follows', async () => {
    const topic = await suite.topic();
    await send(suite.log, [record(topic, 'before')]);
    const transaction = await suite.under.openTransaction(suite.name('id'));
    await transaction.send([record(topic, 'open')]);
    await send(suite.log, [record(topic, 'after')]);
    expect(await stable(topic)).toBe(1);
    const first = await suite.log.fetch({ ...at(topic), offset: 0 });
    expect(values(first.records)).toEqual(['before']);
    expect(first).toMatchObject({ next: 1, lastStableOffset: 1 });
    expect(await suite.log.fetch({ ...at(topic), offset: 1 }, { maxWaitMs: 20 })).toMatchObject({
      next: 1,
      records: [],
    });
    // Beyond the last stable offset, but in the log.
    expect(await suite.log.fetch({ ...at(topic), offset: 2 }, { maxWaitMs: 20 })).toMatchObject({
      next: 2,
      records: [],
    });
    await transaction.end(true);
    await settled(suite.log, topic, 4);
    expect(values((await fetchAll(suite.log, topic, 0)).records)).toEqual(['before', 'open', 'after']);
  });

  test('next moves over control and aborted records', async () => {
    const topic = await suite.topic();
    const aborted = await suite.under.openTransaction(suite.name('id'));
    await aborted.send([record(topic, 'x'), record(topic, 'y')]);
    await aborted.end(false);
    await settled(suite.log, topic, 3);
    const { records, next } = await fetchAll(suite.log, topic, 0);
    expect([records, next]).toEqual([[], 3]);
    for (const offset of [1, 2]) {
      expect(await suite.log.fetch({ ...at(topic), offset })).toMatchObject({ from: offset, next: 3, records: [] });
    }
    const committed = await suite.log.transactional(suite.name('id'));
    await committed.transaction([record(topic, 'z')]);
    await committed.close();
    await settled(suite.log, topic, 5);
    expect(await suite.log.fetch({ ...at(topic), offset: 0 })).toMatchObject({ next: 5, records: [{ offset: 3 }] });
    expect(await suite.log.fetch({ ...at(topic), offset: 4 })).toMatchObject({ next: 5, records: [] });
  });

  test('two producers that abort in another order than they began leak nothing', async () => {
    const topic = await suite.topic();
    const [a, b] = [
      await suite.under.openTransaction(suite.name('a')),
      await suite.under.openTransaction(suite.name('b')),
    ];
    await a.send([record(topic, 'a1')]);
    await b.send([record(topic, 'b1')]);
    await a.send([record(topic, 'a2')]);
    await b.end(false);
    await a.send([record(topic, 'a3')]);
    await a.end(false);
    await send(suite.log, [record(topic, 'plain')]);
    await settled(suite.log, topic, 7);
    for (const from of [0, 1, 2, 3, 4]) {
      expect(values((await fetchAll(suite.log, topic, from)).records)).toEqual(['plain']);
    }
  });

  test('a committed transaction of a producer that aborts before and after is seen', async () => {
    const topic = await suite.topic();
    const id = suite.name('id');
    for (const [value, commit] of [
      ['1', false],
      ['2', true],
      ['3', false],
      ['4', true],
    ] as const) {
      const transaction = await suite.under.openTransaction(id);
      await transaction.send([record(topic, value)]);
      await transaction.end(commit);
    }
    await settled(suite.log, topic, 8);
    for (const [from, expected] of [
      [0, '24'],
      [1, '24'],
      [2, '24'],
      [3, '4'],
      [4, '4'],
    ] as const) {
      expect(values((await fetchAll(suite.log, topic, from)).records).join('')).toBe(expected);
    }
  });

  test('a data record with a key of four zeros is no abort marker', async () => {
    const topic = await suite.topic();
    const transaction = await suite.under.openTransaction(suite.name('id'));
    const key = Buffer.from([0, 0, 0, 0]);
    await transaction.send([record(topic, 'x', { key })]);
    await transaction.send([record(topic, 'y')]);
    await transaction.end(false);
    await send(suite.log, [record(topic, 'plain', { key })]);
    const committed = await suite.log.transactional(suite.name('id'));
    await committed.transaction([record(topic, 'z', { key }), record(topic, 'zz')]);
    await committed.close();
    await settled(suite.log, topic, 7);
    expect(values((await fetchAll(suite.log, topic, 0)).records)).toEqual(['plain', 'z', 'zz']);
  });

  test('opening a producer fences the earlier ones of its id', async () => {
    const topic = await suite.topic();
    const id = suite.name('id');
    const first = await suite.log.transactional(id);
    await first.transaction([record(topic, 'first')]);
    const other = await suite.under.newClient();
    const second = await other.transactional(id);
    expect(await codeOf(first.transaction([record(topic, 'zombie')]))).toBe('PRODUCER_FENCED');
    expect(await codeOf(first.transaction([record(topic, 'zombie again')]))).not.toBeNull();
    await second.transaction([record(topic, 'second')]);
    await first.close();
    await second.close();
    await other.close();
    await settled(suite.log, topic, 4);
    expect(values((await fetchAll(suite.log, topic, 0)).records)).toEqual(['first', 'second']);
  });

  test('opening aborts what a dead predecessor had open, at once', async () => {
    const topic = await suite.topic();
    const id = suite.name('id');
    const dead = await suite.under.openTransaction(id);
    await dead.send([record(topic, 'lost')]);
    const started = Date.now();
    const next = await suite.log.transactional(id);
    expect(await stable(topic)).toBe(2);
    expect(Date.now() - started).toBeLessThan(3_000);
    expect(await codeOf(next.transaction([record(topic, 'kept')]))).toBeNull();
    await next.close();
    await settled(suite.log, topic, 4);
    expect(values((await fetchAll(suite.log, topic, 0)).records)).toEqual(['kept']);
  });

  test('one after the other, a hundred times', async () => {
    const topic = await suite.topic(2);
    const producer = await suite.log.transactional(suite.name('id'));
    for (let i = 0; i < 100; i++) {
      await producer.transaction([record(topic, `${i}`), record(topic, `${i}`, { partition: 1 })]);
    }
    await producer.close();
    for (const partition of [0, 1]) {
      await settled(suite.log, topic, 200, partition);
      const { records, next } = await fetchAll(suite.log, topic, 0, partition);
      expect(values(records)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
      expect(next).toBe(200);
    }
  });

  test('a transaction of several MB to one partition', async () => {
    const topic = await suite.topic();
    const producer = await suite.log.transactional(suite.name('id'));
    const records = Array.from({ length: 30 }, (_, i) => ({ topic, partition: 0, value: Buffer.alloc(200_000, i) }));
    const [appended] = await producer.transaction(records);
    await producer.close();
    expect(appended!.baseOffset).toBe(0);
    await settled(suite.log, topic, 31);
    const read = (await fetchAll(suite.log, topic, 0)).records;
    expect(read.map(({ value }) => [value!.length, value![0]])).toEqual(records.map((_, i) => [200_000, i]));
  });
}
