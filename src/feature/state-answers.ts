/**
 * What a compute task says of its state: an entity's features at a time, its largest and hottest keys.
 * Method: features are computed by the task's own step between two batches (see `asks.ts`); the largest keys are found beside it,
 * in a pass over the store, which holds the last checkpoint; the hottest are counted row by row.
 * Invariants: an answer changes no state; one pass at a time.
 * Errors: `TIME_TOO_EARLY`, `TASK_NOT_RUNNING`, `QUESTIONS_FULL`, `STATE_UNREADABLE`, `STATE_FORMAT`.
 */
import { HeavyHitters } from '../aggregate/heavy-hitters.js';
import type { Frontier } from '../contract/frames.js';
import {
  type AnswerTo,
  at,
  type EntityAnswer,
  type EntityQuestion,
  type PartitionTop,
  type Question,
  TOP_MAX,
} from '../contract/state-answers.js';
import { computeTask, inboxTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { checkpointOf } from '../runtime/changelog.js';
import type { Clock } from '../runtime/ports.js';
import { notRunning } from '../runtime/task.js';
import { type Largest, largestKeys } from '../state/largest.js';
import type { StateStore } from '../state/store.js';
import type { GroupDefinition, Scalar } from '../topology/definition.js';
import { Asks } from './asks.js';

/** A pass over the store is answered with again for so many times as long as it took: who looks often reads it a tenth of the time. */
const PASS_FRESH_TIMES = 9;
const PASS_FRESH_MIN_MS = 500;

export interface StateAnswersOptions {
  readonly topology: string;
  readonly group: GroupDefinition;
  readonly partition: number;
  readonly store: StateStore;
  /** Of the task's keys in the store. */
  readonly prefix: Buffer;
  readonly clock: Clock;
}

/** Where the task stands between two batches. */
export interface Standing {
  /** The greatest known time; negative before the first row. */
  readonly known: number;
  /** The first inbox record that is not in the state. */
  readonly nextOffset: number;
  readonly frontier: readonly Frontier[];
  /** Features in the group's order, and whether the state holds anything of the key. */
  readonly query: (
    key: string,
    at: number,
  ) => Promise<{ readonly features: readonly Scalar[]; readonly found: boolean }>;
}

interface Pass {
  readonly largest: Promise<Largest>;
  /** Until when it is answered with; null while it is under way. */
  freshUntilMs: number | null;
}

export class StateAnswers {
  readonly #options: StateAnswersOptions;
  readonly #task: string;
  readonly #asks: Asks<EntityQuestion, EntityAnswer>;
  #hottest = new HeavyHitters(TOP_MAX);
  #pass: Pass | null = null;
  #open: AbortController | null = null;

  constructor(options: StateAnswersOptions) {
    this.#options = options;
    const { group, partition } = options;
    this.#task = computeTask(group, partition);
    this.#asks = new Asks(this.#task);
  }

  open(wake: () => void): void {
    this.#hottest = new HeavyHitters(TOP_MAX);
    this.#pass = null;
    this.#open = new AbortController();
    this.#asks.open(wake);
  }

  /** Fails what waits; resolves when nothing reads the store. */
  async close(): Promise<void> {
    this.#asks.close();
    this.#open?.abort(notRunning(this.#task, 'has ended'));
    this.#open = null;
    await this.#pass?.largest.catch(() => undefined);
  }

  /** A row of this key was applied. */
  row(key: string): void {
    this.#hottest.add(key);
  }

  async ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    const answer = question.kind === 'entity' ? this.#asks.ask(question) : this.#top(question.n);
    return answer as Promise<AnswerTo<Q>>;
  }

  /** For the task's step, between two batches. @returns whether questions are left for the next one */
  async answer(standing: () => Standing): Promise<boolean> {
    if (this.#asks.size === 0) return false;
    const now = standing();
    await this.#asks.answer((question) => this.#entity(question, now));
    return this.#asks.size > 0;
  }

  async #entity({ key, at: asked }: EntityQuestion, standing: Standing): Promise<EntityAnswer> {
    const { topology, group, partition } = this.#options;
    const known = standing.known < 0 ? null : standing.known;
    const time = asked ?? known;
    const earliest = known === null ? null : known - group.latenessMs;
    if (time !== null && earliest !== null && time < earliest) throw this.#tooEarly(time, earliest);
    const { features, found } = await standing.query(key, time ?? 0);
    return {
      group: group.name,
      version: group.version,
      key,
      ...at('at', time),
      found,
      features: Object.fromEntries(group.features.map(({ name }, i) => [name, features[i]!])),
      as_of: {
        inbox: inboxTopic(topology, group),
        partition,
        next_offset: standing.nextOffset,
        ...at('known', known),
        frontier: standing.frontier
          .map(({ topic, partition: raw, offset }) => ({ topic, partition: raw, next_offset: offset }))
          .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)),
      },
    };
  }

  async #top(n: number): Promise<PartitionTop> {
    const { largest, mark, ...counts } = await this.#largest();
    const checkpoint = mark === null ? null : (checkpointOf(mark) as { readonly inboxOffset: number });
    return {
      partition: this.#options.partition,
      checkpoint_next_offset: checkpoint?.inboxOffset ?? null,
      ...counts,
      largest: largest.slice(0, n),
      rows: this.#hottest.total,
      hottest: this.#hottest.first(n).map(({ key, rows, rowsAtMost }) => ({ key, rows, rows_at_most: rowsAtMost })),
    };
  }

  /** Of the pass that is under way, or was not long ago. */
  #largest(): Promise<Largest> {
    const { clock, store, prefix } = this.#options;
    if (this.#open === null) return Promise.reject(notRunning(this.#task, 'is not open now'));
    const startedAtMs = clock.now();
    const before = this.#pass;
    if (before !== null && (before.freshUntilMs === null || startedAtMs < before.freshUntilMs)) return before.largest;
    const pass: Pass = { largest: largestKeys(store, prefix, TOP_MAX, this.#open.signal), freshUntilMs: null };
    this.#pass = pass;
    pass.largest.then(
      () => {
        const endedAtMs = clock.now();
        pass.freshUntilMs = endedAtMs + Math.max(PASS_FRESH_MIN_MS, PASS_FRESH_TIMES * (endedAtMs - startedAtMs));
      },
      () => {
        if (this.#pass === pass) this.#pass = null;
      },
    );
    return pass.largest;
  }

  #tooEarly(time: number, earliest: number): HeadraceError {
    const { group } = this.#options;
    const text = (ms: number) => new Date(ms).toISOString();
    return new HeadraceError(
      'TIME_TOO_EARLY',
      `${text(time)} is more than the lateness of group ${group.name} (${group.latenessMs} ms) behind what is known: older events may be gone; the earliest time that can be answered now is ${text(earliest)}`,
      { remedy: 'fix-input', group: group.name, at_ms: time, earliest_ms: earliest },
    );
  }
}
