/**
 * A subscription of the memory log. Reads on after the turn in which its partition changed, never within the producer's call.
 * Invariant: at most one fetch is held; nothing is read while one is.
 */
import type { HeadraceError } from '../../error.js';
import { SUBSCRIPTION_BYTES_MAX } from '../limits.js';
import type { Fetched, Partition, Subscription } from '../log.js';
import type { MemoryBroker } from './broker.js';

export class MemorySubscription implements Subscription {
  readonly topic: string;
  readonly partition: number;
  readonly #broker: MemoryBroker;
  readonly #ready: () => void;
  readonly #onClose: () => void;
  #next: number;
  #held: Fetched | null = null;
  #failure: HeadraceError | null = null;
  #looking = false;
  #closed = false;
  #unwatch: () => void = () => {};

  constructor(
    broker: MemoryBroker,
    at: Partition & { readonly offset: number },
    ready: () => void,
    onClose: () => void,
  ) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.#broker = broker;
    this.#next = at.offset;
    this.#ready = ready;
    this.#onClose = onClose;
    this.#watch();
    this.#lookSoon();
  }

  take(): Fetched | null {
    if (this.#failure !== null) throw this.#failure;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#lookSoon();
    return held;
  }

  end(): number | null {
    try {
      return this.#broker.partition(this).end;
    } catch {
      // It does not exist; `take` says so.
      return null;
    }
  }

  close(): void {
    this.#closed = true;
    this.#held = null;
    this.#unwatch();
    this.#onClose();
  }

  #watch(): void {
    try {
      this.#unwatch = this.#broker.partition(this).watch(() => this.#lookSoon());
    } catch {
      // It does not exist; the first look finds that.
    }
  }

  #lookSoon(): void {
    if (this.#looking || this.#closed || this.#held !== null || this.#failure !== null) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      if (!this.#closed && this.#held === null) this.#look();
    });
  }

  #look(): void {
    try {
      const fetched = this.#broker.partition(this).read(this.#next, SUBSCRIPTION_BYTES_MAX);
      if (fetched.next === this.#next) return;
      this.#next = fetched.next;
      this.#held = fetched;
    } catch (failure) {
      this.#failure = failure as HeadraceError;
      this.#unwatch();
    }
    this.#ready();
  }
}
