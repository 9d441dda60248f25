/**
 * The demo: a year of real flights through the three pipelines, from event to promoted model to prediction.
 * Goal: the production path, in production's order, fast. Method: load the raw topics up to a point in known time, ask for a
 * model by a message, go on; the worker is what `headrace run` starts. At the end replay verify computes every vector again.
 */
import type { Codec } from '../../codec/avro.js';
import { factWriter } from '../../contract/facts.js';
import { isAnswered, type ModelState, type Position } from '../../contract/models-log.js';
import { retrainTopic } from '../../contract/topics.js';
import { HeadraceError } from '../../error.js';
import type { Log } from '../../log/log.js';
import { type VerifyReport, verify } from '../../replay/verify.js';
import { ModelsFollower } from '../../runtime/models-follower.js';
import type { Clock } from '../../runtime/ports.js';
import type { TaskStatus } from '../../runtime/task.js';
import type { ModelDefinition, TopologyDefinition } from '../../topology/definition.js';
import { Loader, type LoadProgress } from '../load.js';
import type { DemoState } from './display.js';
import type { Schedule } from './schedule.js';
import { type MonthRow, Scoreboard } from './scoreboard.js';

export interface DemoOptions {
  readonly definition: TopologyDefinition;
  readonly schedule: Schedule;
  /** Events a second; null: as fast as it goes. */
  readonly rate: number | null;
  readonly from: string;
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly status: () => readonly TaskStatus[];
  readonly update: (state: DemoState) => void;
  readonly say: (line: string) => void;
}

export interface DemoReport {
  readonly departures: number;
  /** Departures after the first promotion: each must be predicted once. */
  readonly expected: number;
  readonly predictions: number;
  readonly duplicates: number;
  readonly auc: number | null;
  readonly logloss: number | null;
  readonly modelVersions: readonly number[];
  readonly compared: number;
  readonly differing: number;
  readonly events_per_second: number;
  readonly seconds: number;
  readonly months: readonly MonthRow[];
  readonly verified: VerifyReport;
}

/** Scored events that may be on their way: more would let the load finish the year before a model is trained. */
const AHEAD_MAX = 15_000;
/** While a model is being trained, events flow at this pace: about five days of flights in the time that training takes. */
const TRAINING_RATE = 1_000;
const LOOK_MS = 50;
/** Without any progress for this long the demo gives up, with the tasks' states. */
const STALL_MS = 120_000;
const TRAINING_MAX_MS = 300_000;

export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { definition, schedule, log, codec, clock, say } = options;
  const model = definition.models[0]!;
  const startedAtMs = clock.now();
  const loader = new Loader({ events: definition.events, from: options.from, log, codec, clock, rate: options.rate });
  const board = await Scoreboard.open(definition, model, log, codec);
  const run = new Run(options, model, board);
  try {
    await loader.open();
    run.phase = 'history: vectors, no model yet';
    await loader.run(schedule.firstModelAt, (progress) => run.hold(progress));
    await run.served();
    const history = run.departures;
    say(`history: ${history.toLocaleString('en-US')} departures have vectors; asking for the first model`);
    run.phase = 'training the first model';
    const first = await run.train();
    await run.answered(first);
    if (run.championVersion() === null) {
      throw new HeadraceError('DEMO_WITHOUT_MODEL', `the first model was not promoted: ${run.outcome(first)}`, {
        remedy: 'report',
      });
    }
    run.phase = 'scoring in-stream';
    await loader.run(schedule.retrainAt, (progress) => run.hold(progress));
    const second = await run.train();
    say('a retrain message is sent; events go on, slower while the model is trained');
    run.phase = 'scoring, and training the next model';
    const pace = Math.min(options.rate ?? TRAINING_RATE, TRAINING_RATE);
    await loader.run(
      schedule.endAt,
      (progress) => run.hold(progress),
      () => run.isAnswered(second),
      pace,
    );
    await run.answered(second);
    const refused = run.outcome(second);
    if (refused !== null) say(`the next model is not promoted (${refused}): version ${run.championVersion()} goes on`);
    run.phase = 'scoring in-stream';
    await loader.run(schedule.endAt, (progress) => run.hold(progress));
    await loader.end();
    await run.served();
    const streamedMs = clock.now() - startedAtMs;
    await run.predicted(run.departures - history);
    run.phase = 'verifying';
    say('replay verify: computing every vector again from the inboxes');
    const view = definition.views.find((candidate) => candidate.name === model.view)!;
    const verified = await verify({ definition, view, log, codec });
    const { auc, logLoss } = board.since(schedule.judgedFrom);
    return {
      departures: run.departures,
      expected: run.departures - history,
      predictions: board.predictions,
      duplicates: board.duplicates,
      auc,
      logloss: logLoss,
      modelVersions: run.versions(),
      compared: verified.compared,
      differing: verified.differing,
      events_per_second: Math.round((run.events * 1000) / streamedMs),
      seconds: Math.round((clock.now() - startedAtMs) / 100) / 10,
      months: board.months(),
      verified,
    };
  } finally {
    board.close();
    await loader.close();
  }
}

class Run {
  readonly #options: DemoOptions;
  readonly #model: ModelDefinition;
  readonly #board: Scoreboard;
  readonly #follower: ModelsFollower;
  #progress: LoadProgress = { sent: 0, byTopic: new Map(), known: -1 };
  #saidVersion = 0;
  #shown = { atMs: 0, events: 0, predictions: 0, eventsPerSecond: 0, predictionsPerSecond: 0 };
  phase = '';

  constructor(options: DemoOptions, model: ModelDefinition, board: Scoreboard) {
    this.#options = options;
    this.#model = model;
    this.#board = board;
    this.#follower = new ModelsFollower(options.definition.name, options);
  }

  get events(): number {
    return this.#progress.sent;
  }
  get departures(): number {
    const view = this.#options.definition.views.find((candidate) => candidate.name === this.#model.view)!;
    return this.#progress.byTopic.get(view.score) ?? 0;
  }

  /** Between batches of the load: looks, shows, and holds it back while too many are on their way. */
  async hold(progress: LoadProgress): Promise<void> {
    this.#progress = progress;
    await this.#look();
    await this.#until(() => this.departures - this.#vectors() < AHEAD_MAX, STALL_MS, 'events are served');
  }

  served(): Promise<void> {
    return this.#until(() => this.#vectors() >= this.departures, STALL_MS, 'every departure has its vector');
  }

  predicted(count: number): Promise<void> {
    return this.#until(() => this.#board.predictions >= count, STALL_MS, 'every departure has its prediction');
  }

  /** Sends a retrain message. */
  async train(): Promise<Position> {
    const { definition, log, codec, clock } = this.#options;
    const topic = retrainTopic(definition.name, this.#model.name);
    const writer = await factWriter(codec, topic);
    const producer = await log.producer();
    const value = writer.encode('retrain', clock.now(), { who: 'demo', why: 'the demo asks for a model' });
    const [appended] = await producer.send([{ topic, partition: 0, value }]);
    await producer.close();
    return { topic, partition: 0, offset: appended!.baseOffset };
  }

  answered(request: Position): Promise<void> {
    return this.#until(() => this.isAnswered(request), TRAINING_MAX_MS, 'the retrain message is answered');
  }

  isAnswered(request: Position): boolean {
    return isAnswered(this.#state(), request);
  }

  championVersion(): number | null {
    return this.#state().champion;
  }

  versions(): readonly number[] {
    return [...new Set(this.#board.months().map((row) => row.version))].sort((a, b) => a - b);
  }

  /** Why the version that a message asked for does not serve; null if it was promoted. */
  outcome({ offset }: Position): string | null {
    const version = [...this.#state().versions.values()].find(({ lineage }) => lineage.request?.offset === offset);
    if (version === undefined) return 'the training failed; see the log';
    return version.status === 'rejected' ? version.reasons.join('; ') : null;
  }

  #state(): ModelState {
    return this.#follower.of(this.#model.name);
  }

  #sum(name: string): number {
    return this.#options.status().reduce((sum, { numbers }) => sum + Number(numbers[name] ?? 0), 0);
  }
  #vectors(): number {
    return this.#sum('vectors');
  }

  async #look(): Promise<void> {
    await this.#follower.poll();
    while (await this.#board.read());
    const stuck = this.#options.status().find(({ state }) => state === 'stuck');
    if (stuck) {
      throw new HeadraceError('DEMO_STUCK', `task ${stuck.task} is stuck: ${stuck.because?.message}`, {
        remedy: 'report',
      });
    }
    this.#sayVersion();
    this.#show();
  }

  #sayVersion(): void {
    const { champion, versions } = this.#state();
    if (champion === null || champion === this.#saidVersion) return;
    this.#saidVersion = champion;
    const { metrics } = versions.get(champion)!;
    const told = (name: string) => (typeof metrics[name] === 'number' ? metrics[name].toFixed(3) : '–');
    this.#options.say(
      `model version ${champion} is promoted: AUC ${told('auc')}, log loss ${told('logLoss')} on its gate rows`,
    );
  }

  #show(): void {
    const now = this.#options.clock.now();
    const shown = this.#shown;
    const sinceMs = now - shown.atMs;
    if (sinceMs < 500) return;
    const { predictions } = this.#board;
    this.#shown = {
      atMs: now,
      events: this.events,
      predictions,
      eventsPerSecond: ((this.events - shown.events) * 1000) / sinceMs,
      predictionsPerSecond: ((predictions - shown.predictions) * 1000) / sinceMs,
    };
    this.#options.update({
      phase: this.phase,
      eventTime: this.#progress.known < 0 ? null : this.#progress.known,
      events: this.events,
      eventsPerSecond: this.#shown.eventsPerSecond,
      predictions,
      predictionsPerSecond: this.#shown.predictionsPerSecond,
      lag: Math.max(0, this.departures - this.#vectors()),
      modelVersion: this.#state().champion,
      rollingAuc: this.#board.rollingAuc(),
    });
  }

  /** Looks until `done`; gives up when nothing has moved for `maxMs`. */
  async #until(done: () => boolean, maxMs: number, what: string): Promise<void> {
    const { clock } = this.#options;
    let moved = '';
    let movedAtMs = clock.now();
    while (!done()) {
      await this.#look();
      const now = `${this.#vectors()} ${this.#board.predictions}`;
      if (now !== moved) {
        moved = now;
        movedAtMs = clock.now();
      } else if (clock.now() - movedAtMs > maxMs) {
        const states = this.#options
          .status()
          .filter(({ because, numbers }) => because !== null || numbers.waits_for)
          .map(({ task, because, numbers }) => `${task}: ${because?.message ?? `waits for ${numbers.waits_for}`}`);
        throw new HeadraceError('DEMO_STALLED', `waited ${maxMs / 1000} s until ${what}\n${states.join('\n')}`, {
          remedy: 'report',
        });
      }
      await clock.sleep(LOOK_MS);
    }
  }
}
