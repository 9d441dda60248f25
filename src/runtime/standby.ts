/**
 * Copies of state that other workers own.
 * Goal: when a worker is gone, whoever takes its tasks over has their state already, whatever its size. Method: one loop brings one copy after
 * another to the end of its changelog, then rests. Which workers copy a task is decided by each for itself, by rendezvous hashing
 * (Thaler and Ravishankar, 1998) over those that membership knows, the owner left out.
 * What is at hand here, by a copy or from a time when the task ran here, is said to membership, so that a task that must move moves there.
 * Invariants: a task that runs here is not copied; `hold` resolves when nothing writes to its state but itself.
 */
import { createHash } from 'node:crypto';
import { HeadraceError } from '../error.js';
import type { Clock, Logger } from './ports.js';

/** Between two rounds; a checkpoint is behind the copy by no more than this and the time of a round. */
const REST_MS = 1_000;

/** How often state is looked at that lies here and nobody copies. */
const LOOK_MS = 10_000;
/** Who starts does not wait longer until it knows what lies here. */
const LOOK_MAX_MS = 2_000;
/** A copy that lacks no more than this is read to its end within a second. */
const WARM_BEHIND_MAX = 10_000;

/** The local copy of a task's state. */
export interface StateCopy {
  /** Brings it to the changelog's end; ends early, where it is, once `signal` is aborted. */
  catchUp(signal: AbortSignal): Promise<void>;
  /** Records that it lacks; null where nothing lies here. */
  behind(): Promise<number | null>;
}

export interface StandbyOptions {
  /** Workers that copy a task's state, besides its owner. */
  readonly copies: number;
  readonly tasks: readonly string[];
  /** The copy of a task's state; null for a task without. */
  readonly copyOf: (task: string) => StateCopy | null;
  /** This worker's address. */
  readonly address: string;
  /** Addresses of the workers by task, as far as they are known. */
  readonly owners: () => Promise<ReadonlyMap<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The workers that copy a task, of these candidates: equal everywhere for equal candidates. */
export function copiers(task: string, candidates: Iterable<string>, copies: number): string[] {
  const rank = (address: string) => createHash('sha256').update(`${task} ${address}`).digest('hex');
  return [...candidates]
    .map((address) => ({ address, rank: rank(address) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, copies)
    .map(({ address }) => address);
}

export class Standby {
  readonly #options: StandbyOptions;
  readonly #copies = new Map<string, StateCopy>();
  #held: ReadonlySet<string> = new Set();
  #copying: { readonly task: string; readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  readonly #ended = new AbortController();
  /** Tasks whose state is at hand. */
  readonly #warm = new Set<string>();
  #lookedAtMs: number | null = null;
  #started = false;
  #failing: string | null = null;

  constructor(options: StandbyOptions) {
    this.#options = options;
    for (const task of options.tasks) {
      const copy = options.copies > 0 ? options.copyOf(task) : null;
      if (copy !== null) this.#copies.set(task, copy);
    }
  }

  start(): void {
    if (this.#started || this.#copies.size === 0) return;
    this.#started = true;
    void this.#run();
  }

  /** Tasks whose state is at hand: all but as new as their owner's. */
  warm(): readonly string[] {
    return [...this.#warm];
  }

  /** What lies here from before; bounded, since it only saves time. */
  async look(): Promise<void> {
    this.#lookedAtMs = this.#options.clock.now();
    const looking = Promise.all(
      [...this.#copies].map(async ([task, copy]) => {
        const behind = this.#held.has(task) ? null : await copy.behind().catch(() => null);
        if (behind !== null && behind <= WARM_BEHIND_MAX) this.#warm.add(task);
        else this.#warm.delete(task);
      }),
    );
    await Promise.race([looking, this.#options.clock.sleep(LOOK_MAX_MS)]);
  }

  /** These tasks run here from now on. Resolves when none of them is being copied. */
  async hold(tasks: ReadonlySet<string>): Promise<void> {
    this.#held = tasks;
    for (const task of tasks) this.#warm.delete(task);
    const copying = this.#copying;
    if (copying === null || !tasks.has(copying.task)) return;
    copying.abort.abort();
    await copying.done;
  }

  /** Resolves when it writes nothing more. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#copying?.abort.abort();
    await this.#copying?.done;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#ended.signal.aborted) {
      await this.#round();
      await clock.sleep(REST_MS);
    }
  }

  /** What goes wrong is tried again in the next round: nobody waits for a copy. */
  async #round(): Promise<void> {
    try {
      for (const task of await this.#mine()) await this.#copy(task);
      if (this.#options.clock.now() - (this.#lookedAtMs ?? 0) >= LOOK_MS) await this.look();
      this.#failing = null;
    } catch (cause) {
      const { logger } = this.#options;
      const code = cause instanceof HeadraceError ? cause.code : 'UNEXPECTED';
      if (code !== this.#failing)
        logger.warn({ code, err: cause }, 'state of other workers is not copied; later again');
      this.#failing = code;
    }
  }

  async #mine(): Promise<string[]> {
    const { owners, address, copies } = this.#options;
    if ([...this.#copies.keys()].every((task) => this.#held.has(task))) return [];
    const byTask = await owners();
    const workers = new Set([...byTask.values(), address]);
    return [...this.#copies.keys()].filter((task) => {
      const owner = byTask.get(task);
      // Nobody has it: it is on its way, here perhaps.
      if (owner === undefined || owner === address) return false;
      const others = [...workers].filter((worker) => worker !== owner);
      return copiers(task, others, copies).includes(address);
    });
  }

  async #copy(task: string): Promise<void> {
    if (this.#held.has(task) || this.#ended.signal.aborted) return;
    const abort = new AbortController();
    const work = this.#copies.get(task)!.catchUp(abort.signal);
    this.#copying = { task, abort, done: work.catch(() => undefined) };
    try {
      await work;
      if (!abort.signal.aborted) this.#warm.add(task);
    } finally {
      this.#copying = null;
    }
  }
}
