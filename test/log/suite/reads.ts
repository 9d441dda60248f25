import { expect, test } from 'vitest';
import { lastRecord, readToEnd } from '../../../src/log/log.js';
import type { Suite } from '../log-suite.js';
import { at, codeOf, failureOf, fetchAll, record, send, settled, values } from './support.js';

export function readTests(suite: Suite): void {
  test('records come back in order, with offsets, keys, headers, times and nulls', async () => {
    const topic = await suite.topic(2);
    const base = 1_700_000_000_000;
    const appended = await send(suite.log, [
      record(topic, 'a', { key: 'k', timestamp: base, headers: { text: 'é', bytes: Buffer.from([0, 255]) } }),
      record(topic, 'other', { partition: 1, timestamp: base + 9 }),
      record(topic, null, { key: Buffer.from('gone'), timestamp: base - 5 }),
      record(topic, '', { key: null, timestamp: 0 }),
    ]);
    expect([...appended].sort((a, b) => a.partition - b.partition)).toEqual([
      { topic, partition: 0, baseOffset: 0 },
      { topic, partition: 1, baseOffset: 0 },
    ]);
    expect(await send(suite.log, [record(topic, 'later')])).toEqual([{ topic, partition: 0, baseOffset: 3 }]);

    const { records, next, fetches } = await fetchAll(suite.log, topic, 0);
    expect(fetches[0]).toMatchObject({ topic, partition: 0, from: 0, lastStableOffset: 4 });
    expect(next).toBe(4);
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(values(records)).toEqual(['a', null, '', 'later']);
    expect(records.map(({ key }) => key?.toString() ?? null)).toEqual(['k', 'gone', null, null]);
    expect(records.slice(0, 3).map(({ timestamp }) => timestamp)).toEqual([base, base - 5, 0]);
    expect(Math.abs(records[3]!.timestamp - Date.now())).toBeLessThan(30_000);
    expect(records[0]!.headers).toEqual({ text: Buffer.from('é'), bytes: Buffer.from([0, 255]) });
    expect(records[1]!.headers).toEqual({});
  });

  test('order is the order of calls, also of calls that were not awaited', async () => {
    const topic = await suite.topic();
    const producer = await suite.log.producer();
    const sent = Array.from({ length: 200 }, (_, i) =>
      producer.send([record(topic, `${i}-a`), record(topic, `${i}-b`)]),
    );
    const bases = (await Promise.all(sent)).map(([only]) => only!.baseOffset);
    await producer.close();
    expect(bases).toEqual(bases.map((_, i) => 2 * i));
    const { records } = await fetchAll(suite.log, topic, 0);
    expect(values(records)).toEqual(bases.flatMap((_, i) => [`${i}-a`, `${i}-b`]));
  });

  test('a topic of append time stamps records itself', async () => {
    const topic = await suite.topic(1, { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    await send(suite.log, [record(topic, 'a', { timestamp: 5 })]);
    const { records } = await fetchAll(suite.log, topic, 0);
    expect(records[0]!.timestamp).toBeGreaterThanOrEqual(before - 1000);
    expect((await suite.log.describeTopic(topic))!.config['message.timestamp.type']).toBe('LogAppendTime');
  });

  test('a fetch at the end is empty and says so', async () => {
    const topic = await suite.topic();
    await send(suite.log, [record(topic, 'a')]);
    const started = Date.now();
    const fetched = await suite.log.fetch({ ...at(topic), offset: 1 }, { maxWaitMs: 120 });
    expect(fetched).toEqual({ ...at(topic), from: 1, next: 1, lastStableOffset: 1, records: [] });
    expect(Date.now() - started).toBeGreaterThanOrEqual(100);
  });

  test('a fetch waits for the first record', async () => {
    const topic = await suite.topic();
    const waiting = suite.log.fetch({ ...at(topic), offset: 0 }, { maxWaitMs: 10_000 });
    const started = Date.now();
    await send(suite.log, [record(topic, 'a')]);
    expect(values((await waiting).records)).toEqual(['a']);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('waiting fetches do not stand in the way of others', async () => {
    const [empty, full] = [await suite.topic(), await suite.topic()];
    await send(suite.log, [record(full, 'a')]);
    const waiting = Array.from({ length: 5 }, () => suite.log.fetch({ ...at(empty), offset: 0 }, { maxWaitMs: 1500 }));
    const started = Date.now();
    for (let i = 0; i < 5; i++) await suite.log.fetch({ ...at(full), offset: 0 });
    expect(Date.now() - started).toBeLessThan(1200);
    await Promise.all(waiting);
  });

  test('a fetch starts in the middle, and keeps to its bytes but for one record', async () => {
    const topic = await suite.topic();
    const big = 'x'.repeat(20_000);
    for (let i = 0; i < 5; i++) await send(suite.log, [record(topic, big), record(topic, big)]);
    const from = (offset: number, maxBytes: number) => suite.log.fetch({ ...at(topic), offset }, { maxBytes });
    expect((await from(3, 1_000_000)).records.map(({ offset }) => offset)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    const small = await from(3, 1);
    expect(small.records[0]!.offset).toBe(3);
    expect(small.next).toBe(small.records.at(-1)!.offset + 1);
    expect(small.next).toBeLessThan(6);
  });

  test('records of 300 KB and sends of several MB pass', async () => {
    const topic = await suite.topic(2);
    const values = Array.from({ length: 12 }, (_, i) => Buffer.alloc(300_000, i + 1));
    const appended = await send(
      suite.log,
      values.map((value, i) => ({ topic, partition: i % 2, value })),
    );
    expect(appended).toHaveLength(2);
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([0, 0]);
    for (const partition of [0, 1]) {
      const read: Buffer[] = [];
      for await (const { value } of readToEnd(suite.log, at(topic, partition))) read.push(value!);
      expect(read.map(({ length }) => length)).toEqual(Array(6).fill(300_000));
      expect(read.map((value) => value[299_999])).toEqual(
        values.filter((_, i) => i % 2 === partition).map((v) => v[0]),
      );
    }
  });

  test('an offset out of range is an error on both sides, never repaired', async () => {
    const topic = await suite.topic();
    await send(
      suite.log,
      ['a', 'b', 'c', 'd', 'e'].map((value) => record(topic, value)),
    );
    await suite.under.deleteRecords(topic, 0, 3);
    expect(await suite.log.offsets([at(topic)])).toEqual([{ ...at(topic), start: 3, lastStable: 5 }]);
    for (const offset of [0, 2, 6, 1000]) {
      const failure = await failureOf(suite.log.fetch({ ...at(topic), offset }));
      expect(failure).toMatchObject({
        code: 'OFFSET_OUT_OF_RANGE',
        details: { topic, partition: 0, offset, start: 3, end: 5 },
      });
      for (const part of [topic, String(offset), '3 to 5']) expect(failure.message).toContain(part);
    }
    expect(values((await suite.log.fetch({ ...at(topic), offset: 3 })).records)).toEqual(['d', 'e']);
    expect((await suite.log.fetch({ ...at(topic), offset: 5 }, { maxWaitMs: 0 })).records).toEqual([]);
  });

  test('readToEnd and lastRecord end at what was stable, also behind a tail of control records', async () => {
    const topic = await suite.topic();
    expect(await lastRecord(suite.log, at(topic))).toBeNull();
    await send(suite.log, [record(topic, 'a'), record(topic, 'b')]);
    expect((await lastRecord(suite.log, at(topic)))!.offset).toBe(1);
    for (let i = 0; i < 12; i++) {
      const transaction = await suite.under.openTransaction(suite.name('tail'));
      await transaction.send([record(topic, `aborted ${i}`)]);
      await transaction.end(false);
    }
    await settled(suite.log, topic, 26);
    expect(await lastRecord(suite.log, at(topic))).toMatchObject({ offset: 1, value: Buffer.from('b') });
    const read: string[] = [];
    for await (const { value } of readToEnd(suite.log, at(topic))) read.push(value!.toString());
    expect(read).toEqual(['a', 'b']);
    read.length = 0;
    for await (const { value } of readToEnd(suite.log, at(topic), 1)) read.push(value!.toString());
    expect(read).toEqual(['b']);
    expect((await suite.log.offsets([at(topic)]))[0]).toEqual({ ...at(topic), start: 0, lastStable: 26 });
    expect(await codeOf(suite.log.fetch({ ...at(topic), offset: 26 }, { maxWaitMs: 0 }))).toBeNull();
  });
}
