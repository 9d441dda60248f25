/**
 * Outgoing records as batches: what one produce request may hold of one partition.
 * Invariant: the batches of a partition are in the order of its records, and lie in rounds after one another.
 */
import type { Outgoing, Partition } from '../log.js';
import type { WireMessage } from './produce-request.js';

/** Below the brokers' default for a batch (`max.message.bytes`, about 1 MiB); a larger record goes alone. */
export const BATCH_BYTES_MAX = 900_000;
/** All batches of one request. */
const ROUND_BYTES_MAX = 16 * 1024 * 1024;
const OVERHEAD_BYTES = 32;

export interface Batch extends Partition {
  readonly messages: WireMessage[];
  bytes: number;
  /** Sequence number of the first record, for transactions; else 0. */
  firstSequence: number;
  /** Set when it was appended. */
  baseOffset: number | null;
  /** Set when it was given up. */
  failure: Error | null;
}

export function messageOf({ key = null, value, headers = {}, timestamp }: Outgoing, now: number): WireMessage {
  return { key, value, headers, timestamp: timestamp ?? now };
}

export function bytesOf({ key, value, headers }: Outgoing): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + headers[name]!.length + 2;
  return bytes;
}

/** Where a record has gone: its batch, and its place there. */
export interface Place {
  readonly batch: Batch;
  readonly index: number;
}

export class Rounds {
  /** Each is one request (to each leader), with one batch of a partition at most. */
  readonly rounds: Batch[][] = [];
  readonly #bytes: number[] = [];
  readonly #last = new Map<string, { batch: Batch; round: number }>();

  add(record: Outgoing, now: number): Place {
    const { topic, partition } = record;
    const key = `${topic} ${partition}`;
    const bytes = bytesOf(record);
    let last = this.#last.get(key);
    const full = last !== undefined && last.batch.bytes + bytes > BATCH_BYTES_MAX;
    if (last === undefined || full || this.#bytes[last.round]! + bytes > ROUND_BYTES_MAX) {
      const batch: Batch = {
        topic,
        partition,
        messages: [],
        bytes: 0,
        firstSequence: 0,
        baseOffset: null,
        failure: null,
      };
      last = { batch, round: this.#roundFor(last === undefined ? 0 : last.round + 1, bytes) };
      this.rounds[last.round]!.push(batch);
      this.#last.set(key, last);
    }
    const { batch, round } = last;
    batch.messages.push(messageOf(record, now));
    batch.bytes += bytes;
    this.#bytes[round]! += bytes;
    return { batch, index: batch.messages.length - 1 };
  }

  #roundFor(from: number, bytes: number): number {
    let round = from;
    while (this.rounds[round] !== undefined && this.#bytes[round]! + bytes > ROUND_BYTES_MAX) round += 1;
    if (this.rounds[round] === undefined) {
      this.rounds[round] = [];
      this.#bytes[round] = 0;
    }
    return round;
  }
}
