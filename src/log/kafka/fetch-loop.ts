/** The fetch loop of one broker; see `subscriptions.ts`. It runs while it has members. */
import { HeadraceError } from '../../error.js';
import { nameOf, unavailable } from '../errors.js';
import type { Brokers } from './brokers.js';
import { fetchedOf, fetchParts } from './fetch.js';
import type { PartitionAnswer } from './fetch-answer.js';
import { Transient } from './retry.js';
import type { KafkaSubscription } from './subscriptions.js';

/** How long a poll waits for the first record while nobody holds a fetch. */
const POLL_MAX_MS = 50;
/** All partitions of one answer together; each has its own bound. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface LoopOwner {
  /** The loop has no members any more. */
  ended(): void;
  /** The member is not to be had here; it has left the loop. */
  displaced(subscription: KafkaSubscription, error: Error): Promise<void>;
}

/** Members that one part of a request is for: one partition, one offset. */
type Sharers = readonly KafkaSubscription[];

export class FetchLoop {
  readonly #brokers: Brokers;
  readonly #node: number;
  readonly #owner: LoopOwner;
  readonly #members = new Set<KafkaSubscription>();
  #running = false;
  #round = 0;
  /** Polls since one brought something. */
  #emptyPolls = 0;
  #wake: (() => void) | null = null;

  constructor(brokers: Brokers, node: number, owner: LoopOwner) {
    this.#brokers = brokers;
    this.#node = node;
    this.#owner = owner;
  }

  add(subscription: KafkaSubscription): void {
    subscription.loop = this;
    this.#members.add(subscription);
    if (this.#running) this.wake();
    else void this.#run();
  }

  remove(subscription: KafkaSubscription): void {
    subscription.loop = null;
    this.#members.delete(subscription);
    this.wake();
  }

  /** Somebody wants something. */
  wake(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#members.size > 0) {
      const { parts, left } = this.#choose();
      if (parts.length === 0) {
        await new Promise<void>((done) => {
          this.#wake = done;
        });
        this.#wake = null;
        continue;
      }
      try {
        await this.#poll(parts, left);
      } catch (error) {
        this.#displaceAll(error as Error);
      }
      // Lets readers take what they were given, so that the next request is for them too.
      await new Promise<void>((done) => setImmediate(done));
    }
    this.#running = false;
    this.#owner.ended();
  }

  /** Of each partition the readers at one offset: of several offsets, the one that was asked for longest ago. */
  #choose(): { parts: readonly Sharers[]; left: boolean } {
    this.#round += 1;
    const byPartition = new Map<string, KafkaSubscription[]>();
    for (const member of this.#members) {
      if (!member.wants) continue;
      const key = `${member.topic} ${member.partition}`;
      const list = byPartition.get(key);
      if (list === undefined) byPartition.set(key, [member]);
      else list.push(member);
    }
    let left = false;
    const parts = [...byPartition.values()].map((list) => {
      const first = list.reduce((a, b) => (b.askedIn < a.askedIn ? b : a));
      const sharers = list.filter(({ next }) => next === first.next);
      if (sharers.length < list.length) left = true;
      for (const sharer of sharers) sharer.askedIn = this.#round;
      return sharers;
    });
    return { parts, left };
  }

  async #poll(parts: readonly Sharers[], left: boolean): Promise<void> {
    const somebodyHolds = [...this.#members].some(({ holds }) => holds);
    const maxWaitMs = left ? 0 : somebodyHolds ? Math.min(2 ** this.#emptyPolls, POLL_MAX_MS) : POLL_MAX_MS;
    const request = parts.map(([first]) => ({
      topic: first!.topic,
      partition: first!.partition,
      offset: first!.next,
      maxBytes: first!.maxBytes,
    }));
    const answers = await fetchParts(this.#brokers, this.#node, request, { maxWaitMs, maxBytes: ANSWER_BYTES_MAX });
    this.#emptyPolls += 1;
    const waiting = new Map(parts.map((sharers) => [`${sharers[0]!.topic} ${sharers[0]!.partition}`, sharers]));
    for (const answer of answers) {
      const sharers = waiting.get(`${answer.topic} ${answer.partition}`);
      if (sharers !== undefined) await this.#deliver(answer, sharers);
    }
  }

  async #deliver(answer: PartitionAnswer, sharers: Sharers): Promise<void> {
    const from = sharers[0]!.next;
    try {
      const fetched = await fetchedOf(this.#brokers, answer, from);
      if (fetched.next > from) this.#emptyPolls = 0;
      for (const sharer of sharers) {
        sharer.endsAt(answer.highWatermark);
        sharer.deliver(fetched);
      }
    } catch (error) {
      for (const sharer of sharers) {
        if (error instanceof Transient) this.#displace(sharer, error);
        else sharer.fail(error instanceof HeadraceError ? error : unavailable(`reading ${nameOf(answer)}`, error));
      }
    }
  }

  #displaceAll(error: Error): void {
    for (const member of [...this.#members]) {
      if (error instanceof Transient) this.#displace(member, error);
      else member.fail(error instanceof HeadraceError ? error : unavailable(`reading ${nameOf(member)}`, error));
    }
  }

  #displace(member: KafkaSubscription, error: Error): void {
    if (member.over) return;
    this.remove(member);
    void this.#owner.displaced(member, error);
  }
}
