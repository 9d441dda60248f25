import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from '../../../src/log/kafka/crc32c.js';
import { encodeProduceRequest, type ProduceRequest, type WireMessage } from '../../../src/log/kafka/produce-request.js';
import { decodeBatches } from '../../../src/log/kafka/record-batches.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder');
const naiveCrc = require('kafkajs/src/protocol/recordBatch/crc32C');
const naiveRequest = require('kafkajs/src/protocol/requests/produce/v7/request');

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const message: fc.Arbitrary<WireMessage> = fc.record({
  key: fc.option(fc.oneof(bytes, fc.string({ unit: 'grapheme' }))),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(bytes, fc.string({ unit: 'grapheme' })), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  timestamp: fc.integer({ min: 0, max: 4e12 }),
});
const topicData = fc.uniqueArray(
  fc.record({
    topic: fc.string({ minLength: 1, unit: 'grapheme' }),
    partitions: fc.uniqueArray(
      fc.record({
        partition: fc.nat(1000),
        firstSequence: fc.nat(2 ** 31 - 1),
        messages: fc.array(message, { minLength: 1, maxLength: 6 }),
      }),
      { selector: ({ partition }) => partition, maxLength: 3 },
    ),
  }),
  { selector: ({ topic }) => topic, maxLength: 3 },
);

/** Takes a request apart as a broker does. */
function partsOf(request: Buffer) {
  const decoder = new Decoder(request);
  const head = { transactionalId: decoder.readString(), acks: decoder.readInt16(), timeout: decoder.readInt32() };
  const parts = decoder.readArray((topic: typeof decoder) => ({
    topic: topic.readString(),
    partitions: topic.readArray((partition: typeof decoder) => ({
      partition: partition.readInt32(),
      batch: partition.readBytes(partition.readInt32()) as Buffer,
    })),
  }));
  expect(decoder.readAll()).toHaveLength(0);
  return { head, parts };
}

test('a request reads back as what was to be sent', async () => {
  await fc.assert(
    fc.asyncProperty(topicData, fc.boolean(), async (topics, transactional) => {
      const producer = transactional ? { transactionalId: 'id', producerId: '123456789012', producerEpoch: 7 } : {};
      const request: ProduceRequest = { acks: -1, timeout: 10_000, topicData: topics, ...producer };
      const { head, parts } = partsOf(encodeProduceRequest(request));
      expect(head).toEqual({ transactionalId: transactional ? 'id' : null, acks: -1, timeout: 10_000 });
      for (const [i, { topic, partitions }] of topics.entries()) {
        expect(parts[i].topic).toBe(topic);
        for (const [j, { partition, firstSequence, messages }] of partitions.entries()) {
          const part = parts[i].partitions[j];
          const batch: Buffer = part.batch;
          expect(part.partition).toBe(partition);
          const { records, next } = await decodeBatches({ topic, partition }, batch, 0, []);
          expect(next).toBe(messages.length);
          const buffer = (block: Buffer | string | null) => (block === null ? null : Buffer.from(block as string));
          expect(records).toEqual(
            messages.map(({ key, value, headers, timestamp }, offset) => ({
              offset,
              timestamp,
              key: buffer(key),
              value,
              headers: Object.fromEntries(Object.entries(headers).map(([name, block]) => [name, buffer(block)])),
            })),
          );
          expect(batch.readUInt32BE(17)).toBe(naiveCrc(batch.subarray(21)) >>> 0);
          expect(batch.readInt16BE(21)).toBe(transactional ? 0x10 : 0);
          expect(batch.readBigInt64BE(35)).toBe(BigInt(Math.max(...messages.map(({ timestamp }) => timestamp))));
          const identity = [batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt32BE(53)];
          expect(identity).toEqual(transactional ? [123456789012n, 7, firstSequence] : [-1n, -1, -1]);
        }
      }
    }),
  );
});

test('a transaction’s request is byte for byte kafkajs’s', async () => {
  const messages = [3, 4, 9].map((n) => ({
    key: `k${n}`,
    value: Buffer.alloc(n),
    headers: { h: 'x' },
    timestamp: 1e12 + n,
  }));
  const request = {
    acks: -1,
    timeout: 5,
    transactionalId: 'id',
    producerId: '44',
    producerEpoch: 2,
    topicData: [{ topic: 't', partitions: [{ partition: 1, firstSequence: 17, messages }] }],
  };
  const mine = encodeProduceRequest(request);
  const naive: Buffer = (await naiveRequest(request).encode()).buffer;
  // Nobody reads the leader epoch of a request; kafkajs writes 0.
  const epochAt = mine.length - partsOf(mine).parts[0].partitions[0].batch.length + 12;
  mine.writeInt32BE(0, epochAt);
  expect(mine.equals(naive)).toBe(true);
});

test('the checksum agrees with a naive twin, from any start to any end', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (array, a, b) => {
      const [start, end] = [Math.min(a, b, array.length), Math.min(Math.max(a, b), array.length)];
      expect(crc32c(array, start, end)).toBe(naiveCrc(Buffer.from(array.subarray(start, end))) >>> 0);
    }),
  );
});
