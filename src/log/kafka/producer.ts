/**
 * The plain producer: what waits is sent together, one request (per leader) at a time.
 * Invariant: a partition's records are appended in the order of the calls; after a batch has failed, nothing of the same calls
 * follows it. A retry may append records twice: receivers drop by position.
 */
import { closed } from '../errors.js';
import type { Appended, Outgoing, Producer } from '../log.js';
import { bytesOf, type Place, Rounds } from './batches.js';
import type { Brokers } from './brokers.js';
import { produce } from './produce.js';

/** Calls that are sent together are cut at this size, but for the first. */
const TOGETHER_BYTES_MAX = 4 * 1024 * 1024;

interface Call {
  readonly records: readonly Outgoing[];
  readonly bytes: number;
  readonly done: (appended: readonly Appended[]) => void;
  readonly failed: (error: Error) => void;
}

export class KafkaProducer implements Producer {
  readonly #brokers: Brokers;
  readonly #onClose: () => void;
  readonly #waiting: Call[] = [];
  #sending: Promise<void> | null = null;
  #closed = false;

  /** @param brokers for this alone */
  constructor(brokers: Brokers, onClose: () => void) {
    this.#brokers = brokers;
    this.#onClose = onClose;
  }

  send(records: readonly Outgoing[]): Promise<readonly Appended[]> {
    if (this.#closed) return Promise.reject(closed('this producer'));
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((done, failed) => {
      const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
      this.#waiting.push({ records, bytes, done, failed });
      this.#sending ??= this.#send();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
    await this.#brokers.close();
    this.#onClose();
  }

  async #send(): Promise<void> {
    // Calls of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const calls: Call[] = [];
      for (let bytes = 0; this.#waiting.length > 0; ) {
        const [next] = this.#waiting;
        bytes += next!.bytes;
        if (calls.length > 0 && bytes > TOGETHER_BYTES_MAX) break;
        calls.push(this.#waiting.shift()!);
      }
      await this.#sendTogether(calls);
    }
    this.#sending = null;
  }

  async #sendTogether(calls: readonly Call[]): Promise<void> {
    const rounds = new Rounds();
    const now = Date.now();
    const places = calls.map(({ records }) => records.map((record) => rounds.add(record, now)));
    const failures = new Map<string, Error>();
    for (const round of rounds.rounds) {
      const keyOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic} ${partition}`;
      for (const batch of round) batch.failure = failures.get(keyOf(batch)) ?? null;
      await produce(this.#brokers, round);
      for (const batch of round) if (batch.failure !== null) failures.set(keyOf(batch), batch.failure);
    }
    calls.forEach(({ records, done, failed }, i) => {
      const mine = places[i]!;
      const failure = mine.find(({ batch }) => batch.failure !== null)?.batch.failure;
      if (failure) failed(failure);
      else done(appendedOf(records, mine));
    });
  }
}

/** Where the records of each partition begin, in the order in which the partitions first come. */
export function appendedOf(records: readonly Outgoing[], places: readonly Place[]): readonly Appended[] {
  const appended = new Map<string, Appended>();
  records.forEach(({ topic, partition }, i) => {
    const key = `${topic} ${partition}`;
    if (appended.has(key)) return;
    const { batch, index } = places[i]!;
    appended.set(key, { topic, partition, baseOffset: batch.baseOffset! + index });
  });
  return [...appended.values()];
}
