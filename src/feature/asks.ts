/**
 * Questions to a task, answered by its own step between two batches: only there nothing is half applied.
 * Goal: whoever asks never slows the rows down. Method: a bounded queue; a step answers a few, in the order in which they came.
 * Invariants: a question is answered, or fails with a named error; after `close` none waits.
 * Errors: `QUESTIONS_FULL`, `TASK_NOT_RUNNING`, and those of the answer.
 */
import { HeadraceError } from '../error.js';
import { notRunning } from '../runtime/task.js';

/** Questions that wait for one task. */
export const QUESTIONS_MAX = 256;
/** Questions answered in one step: each may read the store. */
export const STEP_ANSWERS_MAX = 32;

interface Waiting<Q, A> {
  readonly question: Q;
  readonly done: (answer: A) => void;
  readonly failed: (error: unknown) => void;
}

export class Asks<Q, A> {
  readonly #task: string;
  #wake: (() => void) | null = null;
  #waiting: Waiting<Q, A>[] = [];

  /** @param task its name, for errors */
  constructor(task: string) {
    this.#task = task;
  }

  /** How many questions wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** From now on questions are taken. @param wake called at each, so that an idle task makes a step */
  open(wake: () => void): void {
    this.#wake = wake;
  }

  /** Fails what waits, and whatever is asked until the next `open`. */
  close(): void {
    this.#wake = null;
    const left = this.#waiting;
    this.#waiting = [];
    for (const { failed } of left) failed(this.#closed());
  }

  /** Resolves in one of the next steps. */
  ask(question: Q): Promise<A> {
    if (this.#wake === null) return Promise.reject(this.#closed());
    if (this.#waiting.length >= QUESTIONS_MAX) {
      return Promise.reject(
        new HeadraceError(
          'QUESTIONS_FULL',
          `${QUESTIONS_MAX} questions wait for task ${this.#task}: ask again a little later, or less often`,
          { remedy: 'retry', task: this.#task },
        ),
      );
    }
    const answer = new Promise<A>((done, failed) => this.#waiting.push({ question, done, failed }));
    this.#wake();
    return answer;
  }

  /** For the task's step, between two batches. A question whose answer fails takes no other with it. */
  async answer(reply: (question: Q) => Promise<A>): Promise<void> {
    for (const { question, done, failed } of this.#waiting.splice(0, STEP_ANSWERS_MAX)) {
      try {
        done(await reply(question));
      } catch (error) {
        failed(error);
      }
    }
  }

  #closed(): HeadraceError {
    return notRunning(this.#task, 'is not open now');
  }
}
