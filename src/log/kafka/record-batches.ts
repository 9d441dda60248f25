/**
 * The bytes of one partition in a fetch answer, as committed data records.
 * Goal: nothing leaks and nothing stops a reader: aborted records and control records are left out here, and `next` moves over
 * them and over batches that compaction has emptied. (kafkajs's own decoder hides empty batches, names neither partition nor
 * offset of a codec that it lacks, and its filter leaks aborted records.)
 * Method: batches in order; a producer is aborted from its transaction's first offset (the list of the answer, sorted) to its
 * abort marker. Records are views of the bytes that were received.
 */
import { HeadraceError } from '../../error.js';
import { nameOf } from '../errors.js';
import type { LogRecord, Partition } from '../log.js';
import { CODECS, type CodecName, NotLoaded, TooLarge, unpack } from './codecs.js';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface Decoded {
  readonly records: readonly LogRecord[];
  /** One past the last offset of the last whole batch, or `from` where there is none. */
  readonly next: number;
}

/** A batch grows to this at most when it is unpacked; Kafka's batches are about 1 MB packed. */
export const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;
/** Once the batches of an answer have grown to this, the rest of it is fetched again later. */
const ANSWER_UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
const MAGIC = 2;

// Where the fields of a batch are.
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const FIRST_TIME_AT = 27;
const MAX_TIME_AT = 35;
const PRODUCER_AT = 43;
const COUNT_AT = 57;
const HEADER_BYTES = 61;
/** Base offset and length come before what the length counts. */
const PREFIX_BYTES = 12;

/** @throws HeadraceError `CODEC_UNSUPPORTED`, `BATCH_UNREADABLE`, `BATCH_TOO_LARGE`, each naming topic, partition and offset */
export async function decodeBatches(
  at: Partition,
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
): Promise<Decoded> {
  const records: LogRecord[] = [];
  const pending = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const abortedNow = new Set<number>();
  let next = from;
  let unpackedBytes = 0;
  for (let start = 0, seen = 0; start + MAGIC_AT < bytes.length; ) {
    const end = start + PREFIX_BYTES + bytes.readInt32BE(start + LENGTH_AT);
    // The last batch of an answer may be cut off; it comes whole with a later one.
    if (end > bytes.length) break;
    const base = Number(bytes.readBigInt64BE(start));
    if (bytes[start + MAGIC_AT] !== MAGIC) {
      if (next > from) break;
      // Of such a one the offset is its last record's.
      throw unsupported(at, base, base + 1, 'the format of clients before 0.11');
    }
    const attributes = bytes.readInt16BE(start + ATTRIBUTES_AT);
    const last = base + bytes.readInt32BE(start + LAST_DELTA_AT);
    const producer = Number(bytes.readBigInt64BE(start + PRODUCER_AT));
    while (seen < pending.length && pending[seen]!.firstOffset <= last) abortedNow.add(pending[seen++]!.producerId);

    const transactional = (attributes & 0x10) !== 0;
    const control = (attributes & 0x20) !== 0;
    if (control) {
      if (isAbortMarker(bytes.subarray(start, end))) abortedNow.delete(producer);
    } else if (last >= from && !(transactional && abortedNow.has(producer))) {
      const body = bytes.subarray(start + HEADER_BYTES, end);
      const codec = CODECS[attributes & 0x07];
      if (codec === undefined) {
        if (next > from) break;
        throw unsupported(at, base, last + 1, `codec ${attributes & 0x07}`);
      }
      const appendTime = (attributes & 0x08) !== 0;
      const time = Number(bytes.readBigInt64BE(start + (appendTime ? MAX_TIME_AT : FIRST_TIME_AT)));
      const count = bytes.readInt32BE(start + COUNT_AT);
      const before = records.length;
      try {
        const unpacked = codec === 'none' ? body : await unpack(codec, body, UNPACKED_BYTES_MAX);
        decodeRecords(unpacked, count, { base, time, appendTime, from }, records);
        unpackedBytes += unpacked.length;
      } catch (cause) {
        records.length = before;
        // What comes before it is given first; the next answer begins with it.
        if (next > from) break;
        throw unreadable(at, base, last + 1, codec, cause as Error);
      }
    }
    next = Math.max(next, last + 1);
    start = end;
    if (unpackedBytes >= ANSWER_UNPACKED_BYTES_MAX) break;
  }
  return { records, next };
}

interface Frame {
  readonly base: number;
  readonly time: number;
  readonly appendTime: boolean;
  readonly from: number;
}

/** Hot path: one cursor, no closures. */
function decodeRecords(bytes: Buffer, count: number, { base, time, appendTime, from }: Frame, out: LogRecord[]): void {
  const cursor = new Cursor(bytes);
  for (let i = 0; i < count; i++) {
    const end = cursor.varint() + cursor.at;
    if (!(end <= bytes.length)) throw new Error(`record ${i} of ${count} is cut off`);
    cursor.at += 1; // Attributes, of which none is used.
    const delta = cursor.varint();
    const timestamp = appendTime ? time : time + delta;
    const offset = base + cursor.varint();
    if (offset >= from) {
      const key = cursor.bytes();
      const value = cursor.bytes();
      const headers: Record<string, Buffer> = {};
      for (let left = cursor.varint(); left > 0; left--) {
        const name = cursor.bytes()!.toString('utf8');
        const value = cursor.bytes() ?? Buffer.alloc(0);
        if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true });
        else headers[name] = value;
      }
      out.push({ offset, timestamp, key, value, headers });
    }
    cursor.at = end;
  }
}

class Cursor {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A zigzag varint or varlong; beyond 2^53 it loses its last bits. */
  varint(): number {
    let byte = this.#bytes[this.at++]!;
    let low = byte & 0x7f;
    let shift = 7;
    for (; byte >= 0x80 && shift < 28; shift += 7) {
      byte = this.#bytes[this.at++]!;
      low |= (byte & 0x7f) << shift;
    }
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    let wide = low;
    for (let factor = 2 ** shift; byte >= 0x80; factor *= 128) {
      byte = this.#bytes[this.at++]!;
      wide += (byte & 0x7f) * factor;
    }
    return wide % 2 === 0 ? wide / 2 : -(wide + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

/** A control batch holds one record, whose key is a version and a type: 0 abort, 1 commit. */
function isAbortMarker(batch: Buffer): boolean {
  const cursor = new Cursor(batch.subarray(HEADER_BYTES));
  cursor.varint();
  cursor.at += 1;
  cursor.varint();
  cursor.varint();
  const key = cursor.bytes();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}

/** @param next the offset behind the batch */
function unreadable(
  at: Partition,
  offset: number,
  next: number,
  codec: CodecName | 'none',
  cause: Error,
): HeadraceError {
  if (cause instanceof NotLoaded) {
    return new HeadraceError(
      'CODEC_UNSUPPORTED',
      `the records of ${nameOf(at)} at offset ${offset} are in ${codec}, whose package does not load here (${cause.message}); run npm ci again with optional dependencies`,
      { remedy: 'fix-environment', ...at, offset, next, codec, cause },
    );
  }
  if (cause instanceof TooLarge) {
    return new HeadraceError(
      'BATCH_TOO_LARGE',
      `the batch of ${nameOf(at)} at offset ${offset}, in ${codec}, grows beyond ${UNPACKED_BYTES_MAX} bytes when it is unpacked; let its producer send smaller batches`,
      { remedy: 'fix-input', ...at, offset, next, codec },
    );
  }
  return new HeadraceError(
    'BATCH_UNREADABLE',
    `the batch of ${nameOf(at)} at offset ${offset} cannot be read as Kafka's, codec ${codec} (${cause.message}); check its producer and the broker's disk`,
    { remedy: 'fix-input', ...at, offset, next, codec, cause },
  );
}

function unsupported(at: Partition, offset: number, next: number, codec: string): HeadraceError {
  return new HeadraceError(
    'CODEC_UNSUPPORTED',
    `the records of ${nameOf(at)} at offset ${offset} are in ${codec}, which cannot be read; produce them plain, or with gzip, snappy, lz4 or zstd`,
    { remedy: 'fix-input', topic: at.topic, partition: at.partition, offset, next, codec },
  );
}
