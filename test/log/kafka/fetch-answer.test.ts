import { expect, test } from 'vitest';
import { decodeFetchAnswer } from '../../../src/log/kafka/fetch-answer.js';

const int16 = (value: number) => Buffer.from([value >> 8, value]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const text = (value: string) => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);

function partitionBytes(version: number, partition: number, code: number, batches: Buffer | null): Buffer {
  return Buffer.concat([
    int32(partition),
    int16(code),
    int64(900),
    int64(800),
    ...(version >= 5 ? [int64(10)] : []),
    code === 0 ? Buffer.concat([int32(2), int64(2 ** 40), int64(33), int64(6), int64(44)]) : int32(-1),
    ...(version >= 11 ? [int32(-1)] : []),
    ...(batches === null ? [int32(-1)] : [int32(batches.length), batches]),
  ]);
}

test.each([4, 5, 6, 7, 8, 9, 10, 11])('version %i: every partition with its own error and bytes', (version) => {
  const bytes = Buffer.concat([
    int32(250),
    ...(version >= 7 ? [int16(0), int32(0)] : []),
    int32(2),
    text('ä'),
    int32(2),
    partitionBytes(version, 4, 0, Buffer.from('some batches')),
    partitionBytes(version, 5, 1, null),
    text('b'),
    int32(1),
    partitionBytes(version, 0, 0, Buffer.alloc(0)),
  ]);
  const aborted = [
    { producerId: 2 ** 40, firstOffset: 33 },
    { producerId: 6, firstOffset: 44 },
  ];
  expect(decodeFetchAnswer(bytes, version)).toEqual({
    code: 0,
    // Older brokers have waited themselves.
    clientSideThrottleTime: version >= 8 ? 250 : 0,
    partitions: [
      {
        topic: 'ä',
        partition: 4,
        code: 0,
        lastStableOffset: 800,
        highWatermark: 900,
        aborted,
        batches: Buffer.from('some batches'),
      },
      {
        topic: 'ä',
        partition: 5,
        code: 1,
        lastStableOffset: 800,
        highWatermark: 900,
        aborted: [],
        batches: Buffer.alloc(0),
      },
      {
        topic: 'b',
        partition: 0,
        code: 0,
        lastStableOffset: 800,
        highWatermark: 900,
        aborted,
        batches: Buffer.alloc(0),
      },
    ],
  });
});
