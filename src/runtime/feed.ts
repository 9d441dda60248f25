/**
 * A subscription whose fetch stays until it was applied.
 * Goal: a step that fails in the middle (a schema that cannot be had now) finds the same records when it is made again.
 */
import type { Fetched, Subscription } from '../log/log.js';

export class Feed {
  readonly #subscription: Subscription;
  #held: Fetched | null = null;

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
  }

  /** What was fetched and not yet applied; the same until `applied`. Throws what the fetch met. */
  peek(): Fetched | null {
    this.#held ??= this.#subscription.take();
    return this.#held;
  }

  /** The fetch that `peek` gave is dealt with. */
  applied(): void {
    this.#held = null;
  }

  close(): void {
    this.#held = null;
    this.#subscription.close();
  }
}
