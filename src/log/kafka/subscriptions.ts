/**
 * Subscriptions: one fetch loop per broker, on connections that nothing else uses.
 * Goal: one request serves all who wait at a broker; a slow reader stops only itself. Method: the loop asks for the partitions
 * whose reader holds nothing; readers of one partition at one offset share an answer, at others they take turns. A long poll
 * is short while somebody holds a fetch, so that taking it never waits long for the poll of the others.
 * Invariants: a reader holds at most one fetch; an error ends it; what cannot be reached for `RETRY_MAX_MS` is `LOG_UNAVAILABLE`.
 */
import { HeadraceError } from '../../error.js';
import { nameOf, topicRecreated, unavailable } from '../errors.js';
import { SUBSCRIPTION_BYTES_MAX } from '../limits.js';
import type { Fetched, Partition, Subscription } from '../log.js';
import type { Brokers } from './brokers.js';
import { FetchLoop } from './fetch-loop.js';
import { identify } from './identify.js';
import { RETRY_MAX_MS, Transient, wait } from './retry.js';

const LOOK_FIRST_WAIT_MS = 20;
const LOOK_WAIT_MAX_MS = 500;

export class KafkaSubscription implements Subscription {
  readonly topic: string;
  readonly partition: number;
  readonly maxBytes = SUBSCRIPTION_BYTES_MAX;
  next: number;
  /** Number of the loop's round that last asked for it. */
  askedIn = 0;
  /** Since when it has not been reached, ms since the epoch. */
  failingSince: number | null = null;
  /** The loop that it is in. */
  loop: FetchLoop | null = null;
  #held: Fetched | null = null;
  #end: number | null = null;
  #failure: HeadraceError | null = null;
  #closed = false;
  readonly #ready: () => void;
  readonly #onClose: () => void;

  constructor(at: Partition & { readonly offset: number }, ready: () => void, onClose: () => void) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.next = at.offset;
    this.#ready = ready;
    this.#onClose = onClose;
  }

  get over(): boolean {
    return this.#closed || this.#failure !== null;
  }

  get holds(): boolean {
    return this.#held !== null;
  }

  get wants(): boolean {
    return !this.over && !this.holds;
  }

  take(): Fetched | null {
    if (this.#failure !== null) throw this.#failure;
    const held = this.#held;
    this.#held = null;
    // It was not asked for while it held a fetch: what failed before that is of the past.
    if (held !== null) this.failingSince = null;
    if (held !== null) this.loop?.wake();
    return held;
  }

  end(): number | null {
    return this.#end;
  }

  /** @param end see `Subscription` */
  endsAt(end: number): void {
    this.#end = end;
  }

  close(): void {
    this.#closed = true;
    this.#held = null;
    this.loop?.remove(this);
    this.#onClose();
  }

  deliver(fetched: Fetched): void {
    this.failingSince = null;
    if (!this.wants || fetched.from !== this.next || fetched.next === this.next) return;
    this.next = fetched.next;
    this.#held = fetched;
    this.#tell();
  }

  fail(failure: HeadraceError): void {
    if (this.over) return;
    this.#failure = failure;
    this.loop?.remove(this);
    this.#tell();
  }

  /** In a turn of its own, so that what a reader throws is not taken for an error of the loop. */
  #tell(): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#ready();
    });
  }
}

export class Subscriptions {
  readonly #brokers: Brokers;
  readonly #loops = new Map<number, FetchLoop>();
  readonly #open = new Set<KafkaSubscription>();
  /** Of the topics that were read, as they were at first. */
  readonly #ids = new Map<string, Promise<string | null | undefined>>();
  #closed = false;

  /** @param brokers for this alone */
  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  add(at: Partition & { readonly offset: number }, ready: () => void): Subscription {
    const subscription: KafkaSubscription = new KafkaSubscription(at, ready, () => this.#open.delete(subscription));
    this.#open.add(subscription);
    void this.#place(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of [...this.#open]) subscription.close();
    await this.#brokers.close();
  }

  /** Puts it into the loop of its leader, as soon as there is one. */
  async #place(subscription: KafkaSubscription): Promise<void> {
    let waitMs = LOOK_FIRST_WAIT_MS;
    while (!subscription.over && !this.#closed) {
      try {
        await this.#recognize(subscription);
        const node = await this.#brokers.leader(subscription);
        if (!subscription.over) this.#loop(node).add(subscription);
        return;
      } catch (error) {
        if (!(error instanceof Transient)) {
          subscription.fail(
            error instanceof HeadraceError ? error : unavailable(`reading ${nameOf(subscription)}`, error),
          );
          return;
        }
        if (this.#gaveUp(subscription, error)) return;
      }
      await wait(waitMs);
      waitMs = Math.min(waitMs * 2, LOOK_WAIT_MAX_MS);
    }
  }

  /**
   * A topic that was made anew bears its old name, and may hold the offset that is read next. Looked at when it is first read, and
   * after each failure: while it is deleted, reading fails. Error: `TOPIC_RECREATED`
   */
  async #recognize({ topic, failingSince }: KafkaSubscription): Promise<void> {
    let first = this.#ids.get(topic);
    if (first === undefined) {
      first = this.#idOf(topic);
      this.#ids.set(topic, first);
      // What could not be asked, and a topic that is not there yet, is looked at again.
      first.then((id) => id === undefined && this.#ids.delete(topic)).catch(() => this.#ids.delete(topic));
      await first;
    } else if (failingSince !== null) {
      const [before, now] = [await first, await this.#idOf(topic)];
      if (before && now && before !== now) throw topicRecreated(topic);
    } else await first;
  }

  /** Null where the brokers give none, undefined where there is no such topic. */
  async #idOf(topic: string): Promise<string | null | undefined> {
    return (await this.#brokers.askAny((broker) => identify(broker, [topic]))).get(topic)?.id;
  }

  #gaveUp(subscription: KafkaSubscription, error: Error): boolean {
    subscription.failingSince ??= Date.now();
    if (Date.now() - subscription.failingSince < RETRY_MAX_MS) return false;
    subscription.fail(unavailable(`reading ${nameOf(subscription)}`, error));
    return true;
  }

  #loop(node: number): FetchLoop {
    let loop = this.#loops.get(node);
    if (loop === undefined) {
      loop = new FetchLoop(this.#brokers, node, {
        ended: () => this.#loops.delete(node),
        displaced: async (subscription, error) => {
          if (this.#gaveUp(subscription, error)) return;
          await wait(LOOK_FIRST_WAIT_MS);
          await this.#place(subscription);
        },
      });
      this.#loops.set(node, loop);
    }
    return loop;
  }
}
