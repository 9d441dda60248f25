/**
 * The transactional ids of the simulated brokers.
 * Goal: what Kafka does between a commit that is decided and one that is seen, and with a transaction that nobody ends. Method:
 * the memory broker's incarnations; a decided commit is carried out some ms later, or at once for whoever opens the id next; an
 * open transaction is aborted, and its producer fenced, when its time is over.
 */
import type { Incarnation } from '../../src/log/memory/broker.js';
import type { World } from './world.js';

const TIMEOUT_MS = 10_000;
const SEEN_LATER_MAX_MS = 8;

export class Transactions {
  readonly #world: World;
  /** Commits that are decided and not carried out. */
  readonly #decided = new Map<string, () => void>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Fences who had the id, and aborts what he had open. */
  open(id: string): Incarnation {
    this.#decided.get(id)?.();
    return this.#world.broker.incarnate(id);
  }

  /** Of a transaction that was begun: unless it is ended in time, it is aborted. */
  begun(incarnation: Incarnation): void {
    const { scheduler, broker } = this.#world;
    scheduler.after(TIMEOUT_MS, () => {
      if (incarnation.touched.size === 0 || this.#decided.has(incarnation.transactionalId)) return;
      try {
        broker.checkNewest(incarnation);
      } catch {
        return; // somebody opened it anew, which aborted it
      }
      this.#world.trace('broker', `transaction of ${incarnation.transactionalId} timed out`);
      broker.incarnate(incarnation.transactionalId);
    });
  }

  /** Decides; readers see it some ms later. Error: `PRODUCER_FENCED` */
  commit(incarnation: Incarnation): void {
    const { broker, scheduler, random } = this.#world;
    broker.checkNewest(incarnation);
    const { transactionalId } = incarnation;
    const carryOut = () => {
      if (this.#decided.get(transactionalId) !== carryOut) return;
      this.#decided.delete(transactionalId);
      broker.finish(incarnation, true);
    };
    this.#decided.set(transactionalId, carryOut);
    const later = random.below(SEEN_LATER_MAX_MS);
    if (later === 0) carryOut();
    else scheduler.after(later, carryOut);
  }

  abort(incarnation: Incarnation): void {
    this.#world.broker.finish(incarnation, false);
  }

  /** The markers of the id's last transaction are still to be written. */
  settle(id: string): void {
    this.#decided.get(id)?.();
  }
}
