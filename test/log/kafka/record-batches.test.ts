import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBatches } from '../../../src/log/kafka/record-batches.js';
import { batchBytes, marker, type WireBatch, type WireRecord } from './wire-bytes.js';

const at = { topic: 'orders', partition: 3 };
const bytesOf = (batches: readonly WireBatch[]) => Buffer.concat(batches.map(batchBytes));
const simple = (offset: number, value = `${offset}`): WireRecord => ({
  offset,
  timestamp: 1000 + offset,
  key: null,
  value: Buffer.from(value),
});
const batch = (from: number, to: number, more: Partial<WireBatch> = {}): WireBatch => ({
  base: from,
  last: to,
  records: Array.from({ length: to - from + 1 }, (_, i) => simple(from + i)),
  ...more,
});
const valuesOf = async (
  batches: readonly WireBatch[],
  from = 0,
  aborted: { producerId: number; firstOffset: number }[] = [],
) => (await decodeBatches(at, bytesOf(batches), from, aborted)).records.map(({ value }) => value!.toString());

describe('records', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)));
  const record = fc.record({
    timestamp: fc.integer({ min: 0, max: 4e12 }),
    key: bytes,
    value: bytes,
    headers: fc.uniqueArray(fc.tuple(fc.string(), bytes), { selector: ([name]) => name, maxLength: 3 }),
    gap: fc.nat(300),
  });

  test('are what was written, as kafkajs reads them too', async () => {
    const require = createRequire(import.meta.url);
    const naive = require('kafkajs/src/protocol/recordBatch/v0/decoder');
    const Decoder = require('kafkajs/src/protocol/decoder');
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.nat(1e15),
        async (specs, zip, base) => {
          let offset = base;
          const records = specs.map(({ gap, ...spec }) => {
            offset += gap + 1;
            return { ...spec, offset: offset - 1 };
          });
          const written = batchBytes({ base, last: offset - 1, records, codec: zip ? 1 : 0 });
          const decoded = await decodeBatches(at, written, base, []);
          const headers = (list: (typeof records)[number]['headers']) =>
            Object.fromEntries(list.map(([name, value]) => [name, value ?? Buffer.alloc(0)]));
          expect(decoded.records).toEqual(records.map((spec) => ({ ...spec, headers: headers(spec.headers) })));
          expect(decoded.next).toBe(offset);
          const twin = await naive(new Decoder(written));
          expect(twin.records.map((one: { offset: string }) => Number(one.offset))).toEqual(
            records.map((one) => one.offset),
          );
        },
      ),
    );
  });

  test('of a topic of append time have the batch’s', async () => {
    const { records } = await decodeBatches(at, batchBytes(batch(0, 2, { appendTime: 77 })), 0, []);
    expect(records.map(({ timestamp }) => timestamp)).toEqual([77, 77, 77]);
  });

  test('keep every header, whatever its name', async () => {
    const value = Buffer.from('kept');
    const records = [{ ...simple(0), headers: [['__proto__', value]] as const }];
    const decoded = await decodeBatches(at, batchBytes(batch(0, 0, { records })), 0, []);
    expect(Object.entries(decoded.records[0]!.headers)).toEqual([['__proto__', value]]);
  });

  test('below what was asked for are dropped', async () => {
    expect(await valuesOf([batch(0, 4), batch(5, 6)], 3)).toEqual(['3', '4', '5', '6']);
    expect(await valuesOf([batch(0, 4), batch(5, 6)], 5)).toEqual(['5', '6']);
  });
});

describe('next', () => {
  test('is one past the last whole batch, wherever the bytes are cut', async () => {
    const batches = [batch(10, 12), batch(13, 13), marker(14, 5, true), batch(20, 22, { codec: 1 })];
    const whole = bytesOf(batches);
    const ends = batches.map((_, i) => bytesOf(batches.slice(0, i + 1)).length);
    for (let cut = 0; cut <= whole.length; cut++) {
      const { records, next } = await decodeBatches(at, whole.subarray(0, cut), 10, []);
      const complete = batches.slice(0, ends.filter((end) => end <= cut).length);
      expect(next).toBe(complete.length === 0 ? 10 : complete.at(-1)!.last + 1);
      expect(records).toHaveLength(
        complete.reduce((sum, { records, control }) => sum + (control ? 0 : records.length), 0),
      );
    }
  });

  test('moves over what compaction has emptied', async () => {
    const emptied: WireBatch = { base: 5, last: 9, records: [] };
    const thinned: WireBatch = { base: 10, last: 19, records: [simple(12)] };
    const { records, next } = await decodeBatches(at, bytesOf([thinned, { ...emptied, base: 20, last: 24 }]), 10, []);
    expect(records.map(({ offset }) => offset)).toEqual([12]);
    expect(next).toBe(25);
    expect(await decodeBatches(at, bytesOf([emptied]), 5, [])).toEqual({ records: [], next: 10 });
  });
});

describe('transactions', () => {
  const data = (offset: number, producer: number, more: Partial<WireBatch> = {}) =>
    batch(offset, offset, { producer, transactional: true, ...more });

  test('a key like an abort marker’s in a data record ends nothing', async () => {
    const zeros: WireRecord = { ...simple(0), key: Buffer.from([0, 0, 0, 0]) };
    const log = [data(0, 7, { records: [zeros] }), data(1, 7), marker(2, 7, false)];
    expect(await valuesOf(log, 0, [{ producerId: 7, firstOffset: 0 }])).toEqual([]);
  });

  test('an abort marker whose transaction lies before what was asked for ends nothing', async () => {
    expect(await valuesOf([marker(4, 7, false), data(5, 7), marker(6, 7, true)], 4)).toEqual(['5']);
  });

  test('agree with a naive twin on any interleaving, from any offset, in any order of the aborted list', async () => {
    type Step = { readonly producer: number; readonly what: 'data' | 'plain' | 'commit' | 'abort' };
    const step: fc.Arbitrary<Step> = fc.record({
      producer: fc.nat(3),
      what: fc.constantFrom('data', 'data', 'data', 'plain', 'commit', 'abort'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(40), fc.boolean(), async (steps, start, reverse) => {
        const log: WireBatch[] = [];
        const open = new Map<number, number[]>();
        const aborted: { producerId: number; firstOffset: number; last: number }[] = [];
        const visible: number[] = [];
        const finish = (producer: number, commit: boolean) => {
          const offsets = open.get(producer);
          if (offsets === undefined) return;
          open.delete(producer);
          if (commit) visible.push(...offsets);
          else aborted.push({ producerId: producer, firstOffset: offsets[0]!, last: log.length });
          log.push(marker(log.length, producer, commit));
        };
        for (const { producer, what } of steps) {
          if (what === 'plain') {
            visible.push(log.length);
            log.push(batch(log.length, log.length, { producer }));
          } else if (what === 'data') {
            open.set(producer, [...(open.get(producer) ?? []), log.length]);
            log.push(data(log.length, producer));
          } else finish(producer, what === 'commit');
        }
        for (const producer of [...open.keys()]) finish(producer, producer % 2 === 0);
        const from = Math.min(start, log.length);
        // As a broker: those that reach into what is read, in the order in which they ended.
        const told = aborted.filter(({ last }) => last >= from);
        if (reverse) told.reverse();
        const { records, next } = await decodeBatches(at, bytesOf(log.slice(from)), from, told);
        expect(records.map(({ offset }) => offset)).toEqual(
          visible.filter((offset) => offset >= from).sort((a, b) => a - b),
        );
        expect(next).toBe(log.length);
      }),
    );
  });
});

describe('what cannot be read', () => {
  const place = { topic: 'orders', partition: 3, offset: 2 };

  test('a codec that nobody knows is named with its place, and what to do', async () => {
    const failing = decodeBatches(at, bytesOf([batch(2, 3, { codec: 5 })]), 0, []);
    await expect(failing).rejects.toMatchObject({
      code: 'CODEC_UNSUPPORTED',
      details: { ...place, codec: 'codec 5' },
    });
    await expect(failing).rejects.toThrow(/orders\[3\] at offset 2 are in codec 5.*gzip, snappy, lz4 or zstd/);
  });

  test.each([
    [1, 'gzip'],
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
  ])('bytes that codec %i did not write are named with their place', async (codec, name) => {
    const body = Buffer.from('not what it says');
    await expect(decodeBatches(at, bytesOf([batch(2, 3, { codec, body })]), 0, [])).rejects.toMatchObject({
      code: 'BATCH_UNREADABLE',
      details: { ...place, codec: name },
    });
  });

  test('records that are cut off within a whole batch are named with their place', async () => {
    const whole = batch(2, 9);
    const body = batchBytes(whole).subarray(61);
    for (let cut = 0; cut < body.length; cut++) {
      const failing = decodeBatches(at, bytesOf([{ ...whole, body: body.subarray(0, cut) }]), 0, []);
      await expect(failing, `cut at ${cut}`).rejects.toMatchObject({ code: 'BATCH_UNREADABLE', details: place });
    }
  });

  test('a bomb is refused before it goes off, and named with its place', async () => {
    // Snappy’s block begins with its unpacked size: 300 MB.
    const body = Buffer.from([0x80, 0xce, 0x86, 0x8f, 0x01, 0, 0]);
    const failing = decodeBatches(at, bytesOf([batch(2, 3, { codec: 2, body })]), 0, []);
    await expect(failing).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE', details: { ...place, codec: 'snappy' } });
    await expect(failing).rejects.toThrow(`orders[3] at offset 2, in snappy, grows beyond ${256 * 1024 * 1024} bytes`);
  });

  test('what comes before it is read', async () => {
    const bytes = bytesOf([batch(0, 1), batch(2, 3, { codec: 4, body: Buffer.from('torn') })]);
    const { records, next } = await decodeBatches(at, bytes, 0, []);
    expect([records.length, next]).toEqual([2, 2]);
    await expect(decodeBatches(at, bytes, 2, [])).rejects.toMatchObject({ code: 'BATCH_UNREADABLE' });
  });

  test('an answer of many small batches that all grow is read in parts', async () => {
    const body = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    // A batch of no records has no end that could be cut off: only its bytes count.
    const grows = (base: number): WireBatch => ({ base, last: base, records: [], codec: 1, body });
    const bytes = bytesOf([grows(0), grows(1), grows(2)]);
    expect((await decodeBatches(at, bytes, 0, [])).next).toBe(2);
    expect((await decodeBatches(at, bytes, 2, [])).next).toBe(3);
  });

  test('neither can the formats of old clients, but those records that are skipped anyway do not matter', async () => {
    await expect(decodeBatches(at, batchBytes(batch(0, 0, { magic: 1 })), 0, [])).rejects.toMatchObject({
      code: 'CODEC_UNSUPPORTED',
    });
    expect(await valuesOf([batch(0, 1, { codec: 4 }), batch(2, 2)], 2)).toEqual(['2']);
  });
});
