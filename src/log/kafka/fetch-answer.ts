/**
 * The answer to a fetch request, versions 4 to 11, as it is on the wire: every partition with its own error, records undecoded.
 * (kafkajs's own decoder throws the first partition's error for all of them.)
 */
import type { Partition } from '../log.js';
import type { AbortedTransaction } from './record-batches.js';

export interface PartitionAnswer extends Partition {
  readonly code: number;
  readonly lastStableOffset: number;
  /** Where the partition ends; what lies behind the last stable offset is not decided yet. */
  readonly highWatermark: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches; the last may be cut off. */
  readonly batches: Buffer;
}

export interface FetchAnswer {
  readonly code: number;
  readonly partitions: readonly PartitionAnswer[];
  /** Read by kafkajs: how long the broker asks this connection to be silent. */
  readonly clientSideThrottleTime: number;
}

export const FETCH_VERSION_MIN = 4;
export const FETCH_VERSION_MAX = 11;

export function decodeFetchAnswer(bytes: Buffer, version: number): FetchAnswer {
  const read = new Reader(bytes);
  const throttle = read.int32();
  let code = 0;
  if (version >= 7) {
    code = read.int16();
    read.int32(); // Session id, of which none is used.
  }
  const partitions: PartitionAnswer[] = [];
  for (let topics = read.int32(); topics > 0; topics--) {
    const topic = read.string();
    for (let count = read.int32(); count > 0; count--) {
      const partition = read.int32();
      const error = read.int16();
      const highWatermark = read.int64();
      const lastStableOffset = read.int64();
      if (version >= 5) read.int64(); // Log start offset.
      const aborted: AbortedTransaction[] = [];
      for (let left = read.int32(); left > 0; left--) {
        aborted.push({ producerId: read.int64(), firstOffset: read.int64() });
      }
      if (version >= 11) read.int32(); // Preferred read replica.
      partitions.push({
        topic,
        partition,
        code: error,
        lastStableOffset,
        highWatermark,
        aborted,
        batches: read.bytes(),
      });
    }
  }
  return { code, partitions, clientSideThrottleTime: version >= 8 ? throttle : 0 };
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigInt64BE(this.#at - 8));
  }

  string(): string {
    const length = this.int16();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
