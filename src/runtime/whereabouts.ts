/**
 * Which worker runs a task now, asked of the consumer group by which tasks are assigned.
 * Method: workers join with the address of their HTTP; a task's number is a partition of the tasks topic. An answer is used for
 * FRESH_MS, and forgotten when it turned out wrong. Invariant: it is a hint; whoever is reached says itself whether it runs the task.
 */
import { membershipGroup, type Pipeline, tasksTopic } from '../contract/topics.js';
import type { Log } from '../log/log.js';
import type { TaskNumbers } from './definitions.js';
import type { Clock } from './ports.js';

/** For so long an answer is used again: many questions at once are one to the coordinator. */
const FRESH_MS = 1_000;

export interface WhereaboutsOptions {
  readonly topology: string;
  readonly numbers: TaskNumbers;
  readonly log: Log;
  readonly clock: Clock;
}

interface Found {
  readonly atMs: number;
  /** Addresses by partition of the tasks topic, and how many partitions that has. */
  readonly byPartition: Promise<{ readonly who: ReadonlyMap<number, string>; readonly partitions: number }>;
}

export class Whereabouts {
  readonly #options: WhereaboutsOptions;
  readonly #found = new Map<Pipeline, Found>();

  constructor(options: WhereaboutsOptions) {
    this.#options = options;
  }

  /** The address of the worker to which a task is assigned, or null where it is to none. Errors: `LOG_UNAVAILABLE` */
  async of(pipeline: Pipeline, task: string): Promise<string | null> {
    const number = this.#options.numbers[pipeline].indexOf(task);
    if (number < 0) return null;
    const { who, partitions } = await this.#current(pipeline);
    return who.get(number % partitions) ?? null;
  }

  /** The addresses of all tasks of a pipeline that are assigned to somebody. Errors: `LOG_UNAVAILABLE` */
  async all(pipeline: Pipeline): Promise<ReadonlyMap<string, string>> {
    const { who, partitions } = await this.#current(pipeline);
    const found = new Map<string, string>();
    for (const [number, task] of this.#options.numbers[pipeline].entries()) {
      const address = who.get(number % partitions);
      if (address !== undefined) found.set(task, address);
    }
    return found;
  }

  /** The last answer was wrong: the next one is asked for anew. */
  forget(pipeline: Pipeline): void {
    this.#found.delete(pipeline);
  }

  #current(pipeline: Pipeline): Found['byPartition'] {
    const { clock } = this.#options;
    const before = this.#found.get(pipeline);
    if (before !== undefined && clock.now() - before.atMs < FRESH_MS) return before.byPartition;
    const found: Found = { atMs: clock.now(), byPartition: this.#ask(pipeline) };
    this.#found.set(pipeline, found);
    found.byPartition.catch(() => this.#found.delete(pipeline));
    return found.byPartition;
  }

  async #ask(pipeline: Pipeline) {
    const { topology, log } = this.#options;
    const topic = tasksTopic(topology, pipeline);
    const [info, who] = await Promise.all([
      log.describeTopic(topic),
      log.whoHas(membershipGroup(topology, pipeline), topic),
    ]);
    return { who, partitions: info?.partitions ?? 1 };
  }
}
