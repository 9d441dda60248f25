/**
 * The worker: one process that runs the tasks which membership assigns to it.
 * Goal: a task runs in one place at a time as far as membership can say, and correctness never depends on that (producers
 * are fenced, rows carry positions). Method: a tasks topic with a partition per task; an assignment is a set of partitions. It is carried
 * out task by task: what begins waits for nothing but its own end, where it was here before, and a copy that is still written.
 * Invariant: a task is here once at most.
 */
import type { AnswerTo, Question } from '../contract/state-answers.js';
import { membershipGroup, type Pipeline, tasksTopic } from '../contract/topics.js';
import type { HeadraceError } from '../error.js';
import type { Log, Membership } from '../log/log.js';
import { within } from '../log/within.js';
import type { TaskNumbers } from './definitions.js';
import type { Clock, Logger } from './ports.js';
import type { Predecessor } from './predecessor.js';
import type { Standby } from './standby.js';
import { notRunning, type StageTask, Task, type TaskStatus } from './task.js';
import { Whereabouts } from './whereabouts.js';

/** A step may wait for a broker; a stop does not wait for it, and least where one is known to be away. */
const STOP_MAX_MS = 3_500;
const STOP_AWAY_MAX_MS = 1_000;

export interface WorkerOptions {
  readonly topology: string;
  readonly pipelines: readonly Pipeline[];
  readonly numbers: TaskNumbers;
  /** Makes the stage of a task, or null where this topology no longer has it. */
  readonly create: (task: string) => StageTask | null;
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told how long each step took that did something. */
  readonly stepSeconds?: (task: string, seconds: number) => void;
  /** Of its HTTP, for the other workers of the topology; without it, they do not ask it. */
  readonly address?: string;
  /** Copies the state of tasks that run elsewhere. */
  readonly standby?: Standby;
  /** Of the process whose place this one takes. */
  readonly predecessor?: Predecessor;
}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #whereabouts: Whereabouts;
  readonly #tasks = new Map<string, Task>();
  readonly #memberships = new Map<Pipeline, Membership>();
  /** What each pipeline's membership says last. */
  readonly #wanted = new Map<Pipeline, ReadonlySet<string>>();
  /** Tasks that begin or end now. */
  readonly #settling = new Map<string, Promise<void>>();
  #stopping = false;
  /** By what the names of tasks begin with that must not go on. */
  readonly #condemned = new Map<string, HeadraceError>();

  private constructor(options: WorkerOptions) {
    this.#options = options;
    this.#whereabouts = new Whereabouts(options);
  }

  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = new Worker(options);
    await options.standby?.look();
    // Together: each may have to wait until the session of a worker that is gone has ended.
    const joined = await Promise.allSettled(options.pipelines.map((pipeline) => worker.join(pipeline)));
    for (const outcome of joined) {
      if (outcome.status === 'fulfilled') continue;
      await worker.stop();
      throw outcome.reason;
    }
    return worker;
  }

  /** Takes part in the pipeline again, after `leave`. */
  async join(pipeline: Pipeline): Promise<void> {
    const { topology, log, address, standby, predecessor, numbers } = this.#options;
    const group = membershipGroup(topology, pipeline);
    const topic = tasksTopic(topology, pipeline);
    const info = await log.describeTopic(topic);
    const partitions = info?.partitions ?? 1;
    const replaces = predecessor?.member(group);
    const membership = await log.join(group, topic, (mine) => this.#assign(pipeline, partitions, new Set(mine)), {
      warm: () => {
        const warm = new Set(standby?.warm());
        return numbers[pipeline].flatMap((name, number) => (warm.has(name) ? [number % partitions] : []));
      },
      named: (member) => predecessor?.named(group, member),
      ...(address === undefined ? {} : { address }),
      ...(replaces === undefined ? {} : { replaces }),
    });
    this.#memberships.set(pipeline, membership);
  }

  /** The pipeline's tasks go to other workers; this one is there for those of the others. */
  async leave(pipeline: Pipeline): Promise<void> {
    const membership = this.#memberships.get(pipeline);
    this.#memberships.delete(pipeline);
    await membership?.leave();
    this.#assign(pipeline, 1, new Set());
  }

  /** Tasks numbered beyond the topic's partitions share them. */
  #assign(pipeline: Pipeline, partitions: number, mine: ReadonlySet<number>): void {
    if (this.#stopping) return;
    const names = this.#options.numbers[pipeline];
    const wanted = new Set(names.filter((_, number) => mine.has(number % partitions)));
    this.#wanted.set(pipeline, wanted);
    for (const name of names) this.#settle(pipeline, name);
    this.#options.logger.info({ pipeline, tasks: wanted.size }, 'assigned');
  }

  #isWanted(pipeline: Pipeline, name: string): boolean {
    return !this.#stopping && this.#wanted.get(pipeline)?.has(name) === true;
  }

  /** Lets the task begin or end here, until that is as membership says. */
  #settle(pipeline: Pipeline, name: string): void {
    if (this.#settling.has(name) || this.#isWanted(pipeline, name) === this.#tasks.has(name)) return;
    const settled = (async () => {
      while (this.#isWanted(pipeline, name) !== this.#tasks.has(name)) {
        if (this.#tasks.has(name)) await this.#drop(name);
        else {
          await this.#hold();
          if (this.#isWanted(pipeline, name) && !this.#add(pipeline, name)) return;
        }
      }
    })()
      .catch((cause) =>
        this.#options.logger.error({ task: name, err: cause }, 'assignment failed; the next one is carried out'),
      )
      .finally(() => this.#settling.delete(name));
    this.#settling.set(name, settled);
  }

  /** Resolves when nothing but a task itself writes to its state. */
  async #hold(): Promise<void> {
    const wanted = [...this.#wanted.values()].flatMap((names) => [...names]);
    await this.#options.standby?.hold(new Set([...this.#tasks.keys(), ...wanted]));
  }

  /** @returns whether there is such a task */
  #add(pipeline: Pipeline, name: string): boolean {
    const stage = this.#options.create(name);
    if (stage === null) return false;
    const { clock, logger, stepSeconds } = this.#options;
    const task = new Task(name, stage, clock, logger, {
      took: (seconds) => stepSeconds?.(name, seconds),
      outageIsSaid: () => this.#away(),
      isMine: () => this.#isMine(pipeline, name),
    });
    this.#tasks.set(name, task);
    for (const [prefix, error] of this.#condemned) if (name.startsWith(prefix)) task.condemn(error);
    task.start();
    return true;
  }

  /** @param prefix of the names of the tasks that must not go on, here or once they are assigned */
  condemn(prefix: string, error: HeadraceError): void {
    this.#condemned.set(prefix, error);
    for (const [name, task] of this.#tasks) if (name.startsWith(prefix)) task.condemn(error);
  }

  async #isMine(pipeline: Pipeline, name: string): Promise<boolean | null> {
    const { address } = this.#options;
    if (address === undefined) return null;
    this.#whereabouts.forget(pipeline);
    const owner = await this.#whereabouts.of(pipeline, name);
    // While the group deals anew nobody has it: that is no answer yet.
    return owner === null ? null : owner === address;
  }

  /** An outage is told by the log: not once more by every task. */
  #away(): boolean {
    return (this.#options.log.away?.() ?? null) !== null;
  }

  async #drop(name: string): Promise<void> {
    await this.#tasks.get(name)?.stop();
    this.#tasks.delete(name);
    await this.#hold();
  }

  status(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status());
  }

  /** Whether the task is assigned to this worker, in whatever state it is. */
  has(task: string): boolean {
    return this.#tasks.has(task);
  }

  /** Errors: `TASK_NOT_RUNNING`, saying why; those of the stage. */
  async ask<Q extends Question>(task: string, question: Q): Promise<AnswerTo<Q>> {
    const here = this.#tasks.get(task);
    if (here === undefined) throw notRunning(task, 'does not run in this worker');
    return here.ask(question);
  }

  /** Ends every task after its step, with its last checkpoint, and leaves the consumer groups; bounded, see above. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const limitMs = this.#away() ? STOP_AWAY_MAX_MS : STOP_MAX_MS;
    await within(limitMs, this.#stopAll(), () =>
      this.#options.logger.warn(
        { tasks: [...this.#tasks.keys()] },
        'tasks did not end in time: left as a crash leaves them; the next start recovers',
      ),
    );
  }

  async #stopAll(): Promise<void> {
    const left = Promise.allSettled([...this.#memberships.values()].map((membership) => membership.leave()));
    const tasks = [...this.#tasks.keys()];
    await Promise.all([...this.#settling.values(), ...tasks.map((name) => this.#drop(name))]);
    await this.#options.standby?.close();
    await left;
  }
}
