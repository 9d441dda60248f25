/** One fetch request to one broker, and what a partition's part of the answer comes to. */
import { nameOf, outOfRange } from '../errors.js';
import type { Fetched, Partition } from '../log.js';
import type { Brokers } from './brokers.js';
import { CODE } from './codes.js';
import type { PartitionAnswer } from './fetch-answer.js';
import { offsetsOf, READ_COMMITTED, READ_UNCOMMITTED } from './offsets.js';
import { decodeBatches } from './record-batches.js';
import { failureOf } from './retry.js';

export interface FetchPart extends Partition {
  readonly offset: number;
  readonly maxBytes: number;
}

const FETCHES = 1;

/** @param parts no partition twice */
export async function fetchParts(
  brokers: Brokers,
  node: number,
  parts: readonly FetchPart[],
  { maxWaitMs, maxBytes }: { readonly maxWaitMs: number; readonly maxBytes: number },
): Promise<readonly PartitionAnswer[]> {
  const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>();
  for (const { topic, partition, offset, maxBytes: bytes } of parts) {
    if (!topics.has(topic)) topics.set(topic, []);
    topics.get(topic)!.push({ partition, fetchOffset: String(offset), maxBytes: bytes });
  }
  const answer = await brokers.ask(
    node,
    (broker) =>
      broker.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: maxWaitMs,
        minBytes: 1,
        maxBytes,
        topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    FETCHES,
  );
  if (answer.code !== CODE.none) throw failureOf(`a fetch from broker ${node}`, answer.code);
  return answer.partitions;
}

/** @throws HeadraceError `OFFSET_OUT_OF_RANGE`, `CODEC_UNSUPPORTED`, `BATCH_UNREADABLE`, `BATCH_TOO_LARGE`, `LOG_REFUSED`; Transient */
export async function fetchedOf(brokers: Brokers, answer: PartitionAnswer, from: number): Promise<Fetched> {
  const { topic, partition, code, lastStableOffset, batches, aborted } = answer;
  const at = { topic, partition };
  if (code === CODE.outOfRange) {
    const [range] = await offsetsOf(brokers, [at], READ_UNCOMMITTED);
    throw outOfRange({ ...at, offset: from }, { start: range!.start, end: range!.lastStable });
  }
  if (code !== CODE.none) {
    brokers.forgetTopic(topic);
    throw failureOf(`a fetch of ${nameOf(at)}`, code, at);
  }
  const { records, next } = await decodeBatches(at, batches, from, aborted);
  // The broker looks at its last stable offset before it reads, and may then read beyond it.
  return { ...at, from, next, lastStableOffset: Math.max(lastStableOffset, next), records };
}
