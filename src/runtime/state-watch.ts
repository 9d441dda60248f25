/**
 * A worker that cannot write its state gives the tasks that need it to the others.
 * Goal: a full disk is an outage of one worker, not of its tasks. Method: a task tries again for as long as a session lasts, as others would wait
 * for a worker that is silent; then the worker leaves its group, tries a write now and then, and joins again when that is done.
 * Invariant: the last worker of a group stays, since nobody would be better off.
 */
import { HeadraceError } from '../error.js';
import type { Clock, Logger } from './ports.js';
import type { TaskStatus } from './task.js';

/** How often whoever starts it should call `look`. */
export const STATE_LOOK_MS = 1_000;

export interface StateWatchOptions {
  readonly status: () => readonly TaskStatus[];
  /** Of the consumer group by which the tasks with state are assigned. */
  readonly members: () => Promise<number>;
  readonly leave: () => Promise<void>;
  readonly join: () => Promise<void>;
  /** Writes something; rejects while that is not possible. */
  readonly trial: () => Promise<void>;
  /** How long tasks try by themselves. */
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class StateWatch {
  readonly #options: StateWatchOptions;
  #unwritableSinceMs: number | null = null;
  #isOut = false;
  #looking = false;

  constructor(options: StateWatchOptions) {
    this.#options = options;
  }

  /** Whether the worker has left its group for now. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /** What fails is tried again at the next look. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (this.#isOut) await this.#comeBack();
      else await this.#lookAtTasks();
    } catch (cause) {
      this.#options.logger.debug({ err: cause }, 'state was not looked at; later');
    } finally {
      this.#looking = false;
    }
  }

  async #lookAtTasks(): Promise<void> {
    const { status, members, leave, clock, logger, patienceMs } = this.#options;
    const because = status().find((task) => task.because?.code === 'STATE_NOT_WRITTEN')?.because ?? null;
    this.#unwritableSinceMs = because === null ? null : (this.#unwritableSinceMs ?? clock.now());
    if (because === null || clock.now() - this.#unwritableSinceMs! < patienceMs) return;
    if ((await members()) < 2) return;
    this.#isOut = true;
    this.#unwritableSinceMs = null;
    logger.error(
      { code: because.code, remedy: 'fix-environment' },
      `other workers take over the tasks of this one until it can write: ${because.message}`,
    );
    await leave();
  }

  async #comeBack(): Promise<void> {
    const { trial, members, join, logger } = this.#options;
    try {
      await trial();
    } catch (cause) {
      if (!(cause instanceof HeadraceError) || (await members()) > 0) return;
    }
    await join();
    this.#isOut = false;
    logger.info({}, 'state can be written, or nobody else is there: this worker takes part again');
  }
}
