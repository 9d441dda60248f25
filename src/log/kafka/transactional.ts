/**
 * The transactional producer, on the brokers' own requests (kafkajs's waits 300 ms where the last transaction's markers are still
 * being written, asks for the coordinator each time, and fences at its first transaction instead of when it is opened).
 * Method: `InitProducerId` when it is opened; a transaction names its partitions to the coordinator, sends its batches with
 * sequence numbers (so a retry appends nothing twice), and ends.
 * Invariant: after any error it sends nothing more; its successor, or the transaction's time-out, aborts what was open.
 */

import { producerFenced, unavailable } from '../errors.js';
import type { Appended, Outgoing, TransactionalProducer } from '../log.js';
import { type Batch, Rounds } from './batches.js';
import { type Brokers, TRANSACTION } from './brokers.js';
import { CODE, codeName, isCoordinatorMoved, isFenced } from './codes.js';
import { produce } from './produce.js';
import { appendedOf } from './producer.js';
import { failureOf, isNamed, type Patience, retrying, Transient } from './retry.js';
import type { KafkaBroker, ProducerIdentity } from './wire.js';

/** The markers of the last transaction are written within a few ms. */
const FIRST_WAIT_MS = 1;
const WAIT_MAX_MS = 100;
const GROWTH = 1.4;
const SEQUENCE_END = 2 ** 31;

export async function openTransactional(
  brokers: Brokers,
  transactionalId: string,
  timeoutMs: number,
  onClose: () => void,
): Promise<KafkaTransactionalProducer> {
  const patience = { forMs: timeoutMs * 2, firstWaitMs: FIRST_WAIT_MS, waitMaxMs: WAIT_MAX_MS, growth: GROWTH };
  const { producerId, producerEpoch } = await askCoordinator(
    brokers,
    transactionalId,
    'taking over',
    patience,
    (broker) => broker.initProducerId({ transactionalId, transactionTimeout: timeoutMs }),
  );
  return new KafkaTransactionalProducer(brokers, { transactionalId, producerId, producerEpoch }, timeoutMs, onClose);
}

export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #brokers: Brokers;
  readonly #identity: ProducerIdentity;
  readonly #patience: Patience;
  readonly #onClose: () => void;
  readonly #sequences = new Map<string, number>();
  #state: 'idle' | 'busy' | 'unusable' = 'idle';

  constructor(brokers: Brokers, identity: ProducerIdentity, timeoutMs: number, onClose: () => void) {
    this.#brokers = brokers;
    this.#identity = identity;
    this.#patience = { forMs: timeoutMs, firstWaitMs: FIRST_WAIT_MS, waitMaxMs: WAIT_MAX_MS, growth: GROWTH };
    this.#onClose = onClose;
  }

  async transaction(records: readonly Outgoing[]): Promise<readonly Appended[]> {
    if (this.#state !== 'idle') {
      const why = this.#state === 'busy' ? 'is in a transaction' : 'has failed, or was closed; open a new one';
      throw unavailable(`a transaction of ${this.#identity.transactionalId}`, new Error(`the producer ${why}`));
    }
    if (records.length === 0) return [];
    this.#state = 'busy';
    try {
      const appended = await this.send(records);
      await this.end(true);
      this.#state = 'idle';
      return appended;
    } catch (error) {
      this.#state = 'unusable';
      if (isNamed(error) && error.code !== 'PRODUCER_FENCED') await this.#abortOnce();
      if (isNamed(error)) throw error;
      throw unavailable(`a transaction of ${this.#identity.transactionalId}`, error);
    }
  }

  /** Records of the open transaction; begins one where none is open. A step of `transaction`, and for tests. */
  async send(records: readonly Outgoing[]): Promise<readonly Appended[]> {
    const rounds = new Rounds();
    const now = Date.now();
    const places = records.map((record) => rounds.add(record, now));
    await this.#begin(rounds.rounds.flat());
    for (const round of rounds.rounds) {
      for (const batch of round) this.#number(batch);
      await produce(this.#brokers, round, this.#identity, this.#patience.forMs);
      const failed = round.find(({ failure }) => failure !== null);
      if (failed) throw failed.failure;
    }
    return appendedOf(records, places);
  }

  /** Ends the open transaction. A step of `transaction`, and for tests. */
  async end(commit: boolean): Promise<void> {
    await this.#ask(commit ? 'committing' : 'aborting', (broker) =>
      broker.endTxn({ ...this.#identity, transactionResult: commit }),
    );
  }

  async close(): Promise<void> {
    this.#state = 'unusable';
    await this.#brokers.close();
    this.#onClose();
  }

  async #begin(batches: readonly Batch[]): Promise<void> {
    const byTopic = new Map<string, Set<number>>();
    for (const batch of batches) {
      await retrying(`looking for topic ${batch.topic}`, () => this.#brokers.leader(batch), this.#patience);
      if (!byTopic.has(batch.topic)) byTopic.set(batch.topic, new Set());
      byTopic.get(batch.topic)!.add(batch.partition);
    }
    const topics = [...byTopic].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
    await this.#ask('beginning', async (broker) => {
      const { errors } = await broker.addPartitionsToTxn({ ...this.#identity, topics });
      const codes = errors.flatMap(({ partitionErrors }) => partitionErrors.map(({ errorCode }) => errorCode));
      return { errorCode: codes.find((code) => code !== CODE.none) ?? CODE.none };
    });
  }

  #number(batch: Batch): void {
    const key = `${batch.topic} ${batch.partition}`;
    batch.firstSequence = this.#sequences.get(key) ?? 0;
    this.#sequences.set(key, (batch.firstSequence + batch.messages.length) % SEQUENCE_END);
  }

  #ask<T extends { readonly errorCode: number }>(
    doing: string,
    request: (broker: KafkaBroker) => Promise<T>,
  ): Promise<T> {
    return askCoordinator(this.#brokers, this.#identity.transactionalId, doing, this.#patience, request);
  }

  /** Spares readers the time-out; the cause that is reported is what came before. */
  async #abortOnce(): Promise<void> {
    try {
      await this.#brokers.askCoordinator(TRANSACTION, this.#identity.transactionalId, (broker) =>
        broker.endTxn({ ...this.#identity, transactionResult: false }),
      );
    } catch {
      // The time-out aborts it.
    }
  }
}

async function askCoordinator<T extends { readonly errorCode: number }>(
  brokers: Brokers,
  transactionalId: string,
  doing: string,
  patience: Patience,
  request: (broker: KafkaBroker) => Promise<T>,
): Promise<T> {
  const what = `${doing} a transaction of ${transactionalId}`;
  return retrying(
    what,
    async () => {
      const answer = await brokers.askCoordinator(TRANSACTION, transactionalId, request);
      const { errorCode } = answer;
      if (errorCode === CODE.none) return answer;
      if (isCoordinatorMoved(errorCode)) brokers.forgetCoordinator(TRANSACTION, transactionalId);
      if (errorCode === CODE.concurrentTransactions) throw new Transient(`${what}: ${codeName(errorCode)}`);
      if (isFenced(errorCode)) throw producerFenced(transactionalId, new Error(codeName(errorCode)));
      throw failureOf(what, errorCode, { transactionalId });
    },
    patience,
  );
}
