/**
 * Batches to the leaders of their partitions, acknowledged by all in-sync replicas.
 * Method: one request per leader at a time; what failed in passing is sent again before anything else is.
 * Invariant: afterwards every batch has its base offset or its failure.
 */
import { nameOf, producerFenced, unavailable } from '../errors.js';
import type { Batch } from './batches.js';
import type { Brokers } from './brokers.js';
import { CODE, codeName, isFenced, isTransient } from './codes.js';
import { failureOf, isNamed, RETRY_MAX_MS, retrying, Transient } from './retry.js';
import type { ProducerIdentity } from './wire.js';

const ALL_IN_SYNC = -1;
/** How long the leader waits for its followers. */
const ACKNOWLEDGE_MAX_MS = 10_000;

export async function produce(
  brokers: Brokers,
  batches: readonly Batch[],
  identity: ProducerIdentity | null = null,
  forMs = RETRY_MAX_MS,
): Promise<void> {
  const open = () => batches.filter(({ baseOffset, failure }) => baseOffset === null && failure === null);
  try {
    await retrying(
      `a write to ${[...new Set(batches.map(nameOf))].join(', ')}`,
      async () => {
        const byLeader = await locate(brokers, open());
        const passing = await Promise.all([...byLeader].map(([leader, mine]) => send(brokers, leader, mine, identity)));
        const first = passing.find((error) => error !== null);
        if (first) throw first;
        if (open().length > 0) throw new Transient('not every partition was acknowledged');
      },
      { forMs },
    );
  } catch (error) {
    if (!isNamed(error)) throw error;
    for (const batch of open()) batch.failure = error;
  }
}

/** By leader; what is not to be had fails, what has no leader for now is left out. */
async function locate(brokers: Brokers, batches: readonly Batch[]): Promise<ReadonlyMap<number, Batch[]>> {
  const byLeader = new Map<number, Batch[]>();
  for (const batch of batches) {
    try {
      const leader = await brokers.leader(batch);
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [batch]);
      else list.push(batch);
    } catch (error) {
      if (error instanceof Transient) continue;
      batch.failure = error as Error;
    }
  }
  return byLeader;
}

/** @returns what stood in the way, if it may pass */
async function send(
  brokers: Brokers,
  leader: number,
  batches: readonly Batch[],
  identity: ProducerIdentity | null,
): Promise<Transient | null> {
  const topics = new Map<string, Batch[]>();
  for (const batch of batches) {
    const list = topics.get(batch.topic);
    if (list === undefined) topics.set(batch.topic, [batch]);
    else list.push(batch);
  }
  const topicData = [...topics].map(([topic, partitions]) => ({ topic, partitions }));
  let passing: Transient | null = null;
  try {
    const answer = await brokers.ask(leader, (broker) =>
      broker.produce({ acks: ALL_IN_SYNC, timeout: ACKNOWLEDGE_MAX_MS, topicData, ...identity }),
    );
    for (const { topicName, partitions } of answer.topics) {
      for (const { partition, errorCode, baseOffset } of partitions) {
        const batch = topics.get(topicName)?.find((mine) => mine.partition === partition);
        if (batch === undefined) continue;
        // A sequence number that was there before: the first attempt had arrived.
        if (errorCode === CODE.none || (identity !== null && errorCode === CODE.duplicateSequence)) {
          batch.baseOffset = Number(baseOffset);
        } else if (isTransient(errorCode)) {
          brokers.forgetTopic(topicName);
          passing = new Transient(`${nameOf(batch)}: ${codeName(errorCode)}`);
        } else if (identity !== null && isFenced(errorCode)) {
          batch.failure = producerFenced(identity.transactionalId, new Error(codeName(errorCode)));
        } else {
          batch.failure = failureOf(`a write to ${nameOf(batch)}`, errorCode, { topic: topicName, partition });
        }
      }
    }
  } catch (error) {
    if (error instanceof Transient) return error;
    for (const batch of batches)
      batch.failure ??= isNamed(error) ? error : unavailable(`a write to ${nameOf(batch)}`, error);
  }
  return passing;
}
