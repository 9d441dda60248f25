/** Record batches and fetch answers as brokers write them, by hand: for tests of what reads them. */
import { gzipSync } from 'node:zlib';

export interface WireRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

export interface WireBatch {
  readonly base: number;
  readonly last: number;
  readonly records: readonly WireRecord[];
  readonly producer?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly codec?: number;
  /** Set: stands where the records would. */
  readonly body?: Buffer;
  readonly magic?: number;
  /** Set: append time. */
  readonly appendTime?: number;
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const block = (bytes: Buffer | null) => (bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]));

function recordBytes({ offset, timestamp, key, value, headers = [] }: WireRecord, base: number, first: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestamp - first),
    varint(offset - base),
    block(key),
    block(value),
    varint(headers.length),
    ...headers.flatMap(([name, bytes]) => [block(Buffer.from(name)), block(bytes)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

export function batchBytes(batch: WireBatch): Buffer {
  const { base, last, records, producer = -1, transactional = false, control = false, codec = 0, appendTime } = batch;
  const first = records[0]?.timestamp ?? 0;
  const plain = Buffer.concat(records.map((record) => recordBytes(record, base, first)));
  const body = batch.body ?? (codec === 1 ? gzipSync(plain) : plain);
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(base), 0);
  head.writeInt32BE(61 - 12 + body.length, 8);
  head.writeInt8(batch.magic ?? 2, 16);
  const attributes = codec | (appendTime === undefined ? 0 : 0x08) | (transactional ? 0x10 : 0) | (control ? 0x20 : 0);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(last - base, 23);
  head.writeBigInt64BE(BigInt(first), 27);
  head.writeBigInt64BE(BigInt(appendTime ?? Math.max(first, ...records.map(({ timestamp }) => timestamp))), 35);
  head.writeBigInt64BE(BigInt(producer), 43);
  head.writeInt32BE(records.length, 57);
  return Buffer.concat([head, body]);
}

/** A marker that ends a producer's transaction. */
export function marker(offset: number, producer: number, commit: boolean): WireBatch {
  const key = Buffer.from([0, 0, 0, commit ? 1 : 0]);
  const record = { offset, timestamp: 0, key, value: Buffer.alloc(6) };
  return { base: offset, last: offset, records: [record], producer, transactional: true, control: true };
}
