/**
 * A subscription whose fetches come late, in pieces, and again; and which breaks.
 * Invariant: nothing is left out: what is repeated was given before, and the last piece ends where the fetch ended.
 */
import { unavailable } from '../../src/log/errors.js';
import type { Fetched, Log, Partition, Subscription } from '../../src/log/log.js';
import type { Host } from './host.js';

const LATE_MAX_MS = 400;

export class FaultySubscription implements Subscription {
  readonly topic: string;
  readonly partition: number;
  readonly #host: Host;
  readonly #inner: Subscription;
  readonly #ready: () => void;
  /** What `take` gives next, in order. */
  #queue: Fetched[] = [];
  #last: Fetched | null = null;
  #failure: unknown = null;
  #closed = false;

  constructor(host: Host, log: Log, at: Partition & { readonly offset: number }, ready: () => void) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.#host = host;
    this.#ready = ready;
    this.#inner = log.subscribe(at, () => void this.#arrives());
  }

  async #arrives(): Promise<void> {
    const { random, scheduler, rates, slowMs } = this.#host.world;
    const late = random.chance(rates.fetch) ? random.below(LATE_MAX_MS) : slowMs > 0 ? random.below(slowMs) : 0;
    if (late > 0) await scheduler.sleep(late);
    while (this.#host.world.away) await scheduler.sleep(LATE_MAX_MS);
    if (!(await this.#host.awake()) || this.#closed) return;
    try {
      const fetched = this.#inner.take();
      if (fetched !== null) this.#receive(fetched);
    } catch (failure) {
      this.#failure = failure;
    }
    this.#ready();
  }

  #receive(fetched: Fetched): void {
    const { random, rates } = this.#host.world;
    if (this.#last !== null && random.chance(rates.fetch / 2)) this.#queue.push(this.#last);
    const { records } = fetched;
    if (records.length > 1 && random.chance(rates.fetch)) {
      const cut = 1 + random.below(records.length - 1);
      const next = records[cut]!.offset;
      this.#queue.push({ ...fetched, next, records: records.slice(0, cut) });
      this.#queue.push({ ...fetched, from: next, records: records.slice(cut) });
    } else this.#queue.push(fetched);
    this.#last = fetched;
    if (random.chance(rates.refuse)) this.#failure = unavailable(`fetch of ${this.topic}`, new Error('broken off'));
  }

  take(): Fetched | null {
    if (!this.#host.alive) return null;
    const next = this.#queue.shift() ?? null;
    if (next !== null) {
      if (this.#queue.length > 0)
        this.#host.world.scheduler.soon(() => this.#host.alive && !this.#closed && this.#ready());
      return next;
    }
    if (this.#failure !== null) throw this.#failure;
    return null;
  }

  end(): number | null {
    return this.#inner.end();
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#inner.close();
  }
}
