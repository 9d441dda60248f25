/**
 * A task: one stage × one partition, run by the lifecycle table. The loop here is the only one: a stage gives `open`, `step`
 * and `close`, and never decides by itself whether to retry, to start again or to stop.
 */
import type { AnswerTo, Question } from '../contract/state-answers.js';
import { assert, HeadraceError } from '../error.js';
import { type Effect, type Step, TASK_TABLE, type TaskEvent, type TaskState } from './lifecycle.js';
import type { Clock, Logger } from './ports.js';

/** What a step did: `busy` asks for the next one at once, `idle` for one when something arrives. */
export type Progress = 'busy' | 'idle';

export interface StageTask {
  /** The one recovery path: fence, read to the end what was written, resume there. */
  open(wake: () => void): Promise<void>;
  /** One batch. Error remedies decide: `retry` waits, `restart-task` opens again, the others stop the task. */
  step(): Promise<Progress>;
  /** Writes what a clean stop may write (a last checkpoint), then releases everything. */
  close(): Promise<void>;
  /** Releases everything and writes nothing. */
  release(): Promise<void>;
  /** For status and metrics: numbers by name. Known time and lag carry their unit in their name. */
  describe(): Readonly<Record<string, number | string | null>>;
  /** What a stage with state says of it; only while it is open. Errors: `TASK_NOT_RUNNING`, `QUESTIONS_FULL`, `TIME_TOO_EARLY` */
  ask?<Q extends Question>(question: Q): Promise<AnswerTo<Q>>;
}

export interface TaskStatus {
  readonly task: string;
  readonly state: TaskState;
  /** The error of a waiting, backing-off or stuck task. */
  readonly because: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  readonly numbers: Readonly<Record<string, number | string | null>>;
}

/** An idle task looks around this often without being woken. */
const IDLE_MS = 200;
const RETRY_FIRST_MS = 50;
/** How often a fenced task asks whose it is. */
const FENCED_LOOK_MS = 250;
/** Where nobody can tell: some heartbeats of the membership, which would have brought a revocation. */
const FENCED_WAIT_MS = 3_000;
/** What a task waits for may be over at any moment: whoever waits for predictions waits no longer than this beyond it. */
const RETRY_MAX_MS = 2_000;
/** A task that had to be opened this often in a row without one good step is stuck. */
const REOPENS_MAX = 10;

/** A broker, or room on a disk: they come back, and then the task opens again, as often as it takes until then. */
const OUTAGES: ReadonlySet<string> = new Set(['LOG_UNAVAILABLE', 'STATE_NOT_WRITTEN', 'FILE_NOT_WRITTEN']);

/** What a task is told by its worker, and tells it. */
export interface TaskHooks {
  /** How long a step took that did something. */
  readonly took?: (seconds: number) => void;
  readonly outageIsSaid?: () => boolean;
  /** Whether membership names this worker as the task's owner now; null where that cannot be told. */
  readonly isMine?: () => Promise<boolean | null>;
}

export class Task {
  readonly name: string;
  readonly #stage: StageTask;
  readonly #clock: Clock;
  readonly #log: Logger;
  #state: TaskState = 'stopped';
  #because: HeadraceError | null = null;
  /** Errors in a row, for the back-off; and those among them that are no outage, which waiting does not mend. */
  #failures = 0;
  #reopens = 0;
  #running: Promise<void> | null = null;
  #wakeUp: (() => void) | null = null;
  #woken = false;
  #revoked = false;
  #condemned: HeadraceError | null = null;

  readonly #hooks: TaskHooks;

  /**
   * @param took told how long each step took that did something
   * @param outageIsSaid whether an outage of the brokers is told by somebody else now
   */
  constructor(name: string, stage: StageTask, clock: Clock, logger: Logger, hooks: TaskHooks = {}) {
    this.#hooks = hooks;
    this.name = name;
    this.#stage = stage;
    this.#clock = clock;
    this.#log = logger;
  }

  start(): void {
    if (this.#running !== null) return;
    this.#revoked = false;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Ends with the step that is under way; resolves when everything is released. */
  async stop(): Promise<void> {
    this.#revoked = true;
    this.wake();
    await this.#running;
  }

  /** Somebody else knows that it must not go on: it is stuck by that error, without another step or checkpoint. */
  condemn(error: HeadraceError): void {
    this.#condemned = error;
    this.wake();
  }

  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  status(): TaskStatus {
    const because = this.#because;
    return {
      task: this.name,
      state: this.#state,
      because: because && { code: because.code, message: because.message, remedy: because.remedy },
      numbers: this.#stage.describe(),
    };
  }

  /** Errors: `TASK_NOT_RUNNING`, saying why; those of the stage. */
  async ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    if (this.#stage.ask === undefined) throw notRunning(this.name, 'has no state that can be asked');
    if (this.#state !== 'running') {
      const because = this.#because === null ? '' : ` (${this.#because.code}: ${this.#because.message})`;
      throw notRunning(this.name, `is ${this.#state}${because}`);
    }
    return this.#stage.ask(question);
  }

  async #run(): Promise<void> {
    let event: TaskEvent | null = 'assigned';
    while (event !== null) {
      const step: Step = TASK_TABLE[this.#state][event];
      assert(step !== 'impossible', `task ${this.name}: ${event} cannot happen while ${this.#state}`);
      if (step === 'ignored') return;
      this.#state = step.to;
      event = null;
      for (const effect of step.then) event = (await this.#perform(effect)) ?? event;
      // A failure is dealt with first: what did not open must be released, never closed with a last checkpoint.
      if (this.#revoked && (event === 'opened' || event === 'progressed' || event === 'due')) event = 'revoked';
      if (this.#state === 'stuck') await this.#revocation();
      if (this.#state === 'stuck') event = 'revoked';
    }
  }

  async #perform(effect: Effect): Promise<TaskEvent | null> {
    switch (effect) {
      case 'open':
        return this.#guard(async () => {
          await this.#stage.open(() => this.wake());
          this.#log.debug({ task: this.name }, 'task opened');
          return 'opened';
        });
      case 'step':
        return this.#guard(async () => {
          this.#woken = false;
          if (this.#condemned !== null) throw this.#condemned;
          const startedAt = this.#clock.now();
          const progress = await this.#stage.step();
          if (progress === 'busy') this.#hooks.took?.((this.#clock.now() - startedAt) / 1000);
          this.#because = null;
          this.#failures = 0;
          this.#reopens = 0;
          if (progress === 'idle' && !this.#woken && !this.#revoked) await this.#sleep(IDLE_MS);
          // A task that is always busy must let timers and sockets of the others have their turn.
          else await new Promise((turn) => setImmediate(turn));
          return 'progressed';
        });
      case 'retryLater':
      case 'reopenLater':
        if (effect === 'reopenLater' && this.#reopens > REOPENS_MAX) return 'broke';
        this.#woken = false;
        if (this.#because?.code === 'PRODUCER_FENCED') await this.#untilMine();
        else await this.#sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10)));
        return 'due';
      case 'release':
        await this.#stage.release().catch((cause) => this.#tell('release failed', cause));
        return null;
      case 'report':
        this.#log.error(
          { task: this.name, code: this.#because?.code, remedy: this.#because?.remedy, err: this.#because },
          `stuck: ${this.#because?.message}`,
        );
        return null;
      case 'close':
        await this.#stage.close().catch(async (cause) => {
          this.#tell('no clean close; the next start recovers', cause);
          await this.#stage.release().catch(() => {});
        });
        return 'closed';
    }
  }

  async #guard(work: () => Promise<TaskEvent>): Promise<TaskEvent> {
    try {
      return await work();
    } catch (cause) {
      const error =
        cause instanceof HeadraceError
          ? cause
          : new HeadraceError('UNEXPECTED', `${(cause as Error)?.message ?? cause}`, { remedy: 'report', cause });
      this.#failures++;
      const changed = this.#because?.message !== error.message;
      this.#because = error;
      // What was subscribed or opened before the outage does not outlive it.
      const outage = OUTAGES.has(error.code);
      if (error.remedy === 'retry' && !outage) {
        if (changed) this.#log.warn({ task: this.name, code: error.code }, `waiting: ${error.message}`);
        return 'blocked';
      }
      if (error.remedy === 'restart-task' || outage) {
        if (!outage) this.#reopens++;
        if (changed || !outage) this.#tell(`opening again: ${error.message}`, error);
        return 'failed';
      }
      return 'broke';
    }
  }

  /** A task that moves, an outage that is said already, and a log that was closed by a stop that did not wait: no news. */
  #tell(message: string, cause: unknown): void {
    const code = cause instanceof HeadraceError ? cause.code : null;
    const fields = { task: this.name, code, err: cause };
    if (code === 'PRODUCER_FENCED') this.#log.info({}, `task ${this.name} was taken over by another worker`);
    else if (code === 'LOG_CLOSED' || (code === 'LOG_UNAVAILABLE' && this.#hooks.outageIsSaid?.()))
      this.#log.debug(fields, message);
    else this.#log.warn(fields, message);
  }

  /** After a fence: only its owner may fence again, so it asks its membership until that names this worker, or takes the task away. */
  async #untilMine(): Promise<void> {
    for (let untoldMs = 0; !this.#revoked && untoldMs < FENCED_WAIT_MS; ) {
      await this.#sleep(FENCED_LOOK_MS);
      const mine = (await this.#hooks.isMine?.().catch(() => null)) ?? null;
      if (mine === true) return;
      untoldMs = mine === null ? untoldMs + FENCED_LOOK_MS : 0;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      let over = false;
      const end = () => {
        if (over) return;
        over = true;
        this.#wakeUp = null;
        done();
      };
      if (this.#woken || this.#revoked) return end();
      this.#wakeUp = end;
      void this.#clock.sleep(ms).then(end);
    });
  }

  /** Resolves when the task is revoked. */
  async #revocation(): Promise<void> {
    while (!this.#revoked) {
      this.#woken = false;
      await this.#sleep(RETRY_MAX_MS);
    }
  }
}

/** @param how what is said of the task */
export const notRunning = (task: string, how: string): HeadraceError =>
  new HeadraceError('TASK_NOT_RUNNING', `task ${task} ${how}: ask again a little later`, { remedy: 'retry', task });
