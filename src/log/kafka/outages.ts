/**
 * Brokers that do not answer, as people are told of them: one line when one goes away, then one now and then, one when it is back.
 * Goal: an outage is said, not repeated by everything that it stops. Method: every request reports how it ended; what fails for a
 * moment only (a connection that was idle for too long) is not said.
 */
import type { Away } from '../log.js';
import type { LineLogger } from './client.js';

/** A connection may break and be there again: that is no outage. */
const AWAY_AFTER_MS = 1_000;
const SAY_AGAIN_MS = 30_000;
/** Nothing was asked of it for so long: what failed then says nothing of now. */
const STALE_MS = 60_000;
/** What an outage stopped comes to its end a little later. */
const JUST_BACK_MS = 10_000;

interface Outage {
  sinceMs: number;
  failedAtMs: number;
  saidAtMs: number | null;
}

export interface OutagesOptions {
  readonly logger: LineLogger | undefined;
  /** What waits now, e.g. `4 readers, 2 producers`. */
  readonly waiting: () => string;
  readonly now?: () => number;
}

export class Outages {
  readonly #options: OutagesOptions;
  readonly #now: () => number;
  readonly #outages = new Map<string, Outage>();
  #last: Away | null = null;

  constructor(options: OutagesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** A request, or a connection, to this broker failed. */
  failed(broker: string, cause: unknown): void {
    const now = this.#now();
    let outage = this.#outages.get(broker);
    if (outage === undefined || now - outage.failedAtMs > STALE_MS) {
      outage = { sinceMs: now, failedAtMs: now, saidAtMs: null };
      this.#outages.set(broker, outage);
    }
    outage.failedAtMs = now;
    if (now - outage.sinceMs < AWAY_AFTER_MS) return;
    if (outage.saidAtMs !== null && now - outage.saidAtMs < SAY_AGAIN_MS) return;
    const first = outage.saidAtMs === null;
    outage.saidAtMs = now;
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#options.logger?.warn(
      { broker },
      first
        ? `Kafka broker ${broker} does not answer (${why}): ${this.#options.waiting()} wait for it, and go on when it is back`
        : `Kafka broker ${broker} has not answered for ${seconds(now - outage.sinceMs)}: what needs it waits`,
    );
  }

  /** The hot path: it is called for every request. */
  answered(broker: string): void {
    if (this.#outages.size === 0) return;
    const outage = this.#outages.get(broker);
    if (outage === undefined) return;
    this.#outages.delete(broker);
    if (outage.saidAtMs === null) return;
    const now = this.#now();
    this.#last = { broker, sinceMs: outage.sinceMs, untilMs: now };
    this.#options.logger?.info(
      { broker },
      `Kafka broker ${broker} answers again, after ${seconds(now - outage.sinceMs)}`,
    );
  }

  /** The broker that has been away for longest; one that is back since a moment if there is no other; else null. */
  away(): Away | null {
    const now = this.#now();
    let away: Away | null = null;
    for (const [broker, { sinceMs, failedAtMs }] of this.#outages) {
      const real = failedAtMs - sinceMs >= AWAY_AFTER_MS && now - failedAtMs <= STALE_MS;
      if (real && (away === null || sinceMs < away.sinceMs)) away = { broker, sinceMs, untilMs: null };
    }
    if (away !== null) return away;
    return this.#last !== null && now - this.#last.untilMs! <= JUST_BACK_MS ? this.#last : null;
  }
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
