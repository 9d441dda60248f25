/**
 * The stage `train`: one task per view.
 * Goal: every retrain message is answered once, by a version that is promoted or rejected, or by a failure with its reason.
 * Method: follow `snapshots`; train on each one that a message asked for and that the models log does not answer yet; write
 * what came of it in one transaction of the task's fenced producer. Training runs beside the loop, which goes on looking
 * after its stop: nothing waits for a model.
 */
import type { Codec } from '../codec/avro.js';
import type { ArtifactStore } from '../contract/artifacts.js';
import { type FactReader, type FactWriter, factReader, factWriter } from '../contract/facts.js';
import { parseModelManifest, parseSnapshotManifest } from '../contract/manifest.js';
import { isAnswered, type ModelFact, type Position } from '../contract/models-log.js';
import { modelsTopic, snapshotsTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log, TransactionalProducer } from '../log/log.js';
import { Feed } from '../runtime/feed.js';
import type { ModelsFollower } from '../runtime/models-follower.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import { inTransaction } from '../runtime/transaction.js';
import type { ModelDefinition, TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { type TrainFromSnapshot, trainFromSnapshot } from './run.js';
import type { SnapshotPointer } from './snapshot.js';

export interface TrainOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  readonly log: Log;
  readonly codec: Codec;
  readonly artifacts: ArtifactStore;
  readonly follower: ModelsFollower;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: the trainers of this package, which leave this thread. */
  readonly train?: TrainFromSnapshot;
}

interface Job {
  readonly model: ModelDefinition;
  readonly snapshot: string;
  readonly request: Position;
}

interface Run {
  readonly job: Job;
  readonly abort: AbortController;
  /** What is to be written; null while it runs. */
  facts: readonly ModelFact[] | null;
  /** An error that is not an answer: the environment's, to be tried again. */
  failure: HeadraceError | null;
}

export class Train implements StageTask {
  readonly #options: TrainOptions;
  readonly #facts: FactReader;
  #writer: FactWriter | null = null;
  #snapshots: Feed | null = null;
  #producer: TransactionalProducer | null = null;
  #jobs: Job[] = [];
  #run: Run | null = null;
  #wake: () => void = () => {};
  #trained = 0;

  constructor(options: TrainOptions) {
    this.#options = options;
    this.#facts = factReader(options.codec);
  }

  async open(wake: () => void): Promise<void> {
    const { definition, view, log, codec, follower } = this.#options;
    this.#producer = await log.transactional(`${definition.name}.train.${view.name}`);
    this.#writer = await factWriter(codec, modelsTopic(definition.name));
    await follower.readToEnd();
    this.#jobs = [];
    this.#run = null;
    this.#wake = wake;
    const at = { topic: snapshotsTopic(definition.name), partition: 0 };
    const [bounds] = await log.offsets([at]);
    this.#snapshots = new Feed(log.subscribe({ ...at, offset: bounds!.start }, wake));
  }

  async step(): Promise<Progress> {
    const read = await this.#read();
    if (this.#run !== null) {
      const { failure, facts, job } = this.#run;
      if (failure !== null) {
        this.#run = null;
        throw failure;
      }
      if (facts === null) return 'idle';
      await this.#write(facts);
      this.#jobs = this.#jobs.filter((other) => other !== job);
      this.#run = null;
      this.#trained++;
      return 'busy';
    }
    await this.#options.follower.readToEnd();
    this.#jobs = this.#jobs.filter((job) => !isAnswered(this.#options.follower.of(job.model.name), job.request));
    const [job] = this.#jobs;
    if (job === undefined) return read ? 'busy' : 'idle';
    this.#start(job);
    return 'idle';
  }

  async #read(): Promise<boolean> {
    const { definition, view } = this.#options;
    const fetched = this.#snapshots!.peek();
    if (fetched === null) return false;
    const jobs: Job[] = [];
    for (const record of fetched.records) {
      if (!record.value) continue;
      const { body } = await this.#facts.decode<SnapshotPointer>(record.value);
      if (body.request === null || body.view.name !== view.name) continue;
      const model = definition.models.find((candidate) => candidate.name === body.request!.model);
      if (model !== undefined) jobs.push({ model, snapshot: body.manifest, request: body.request.at });
    }
    this.#jobs.push(...jobs);
    this.#snapshots!.applied();
    return true;
  }

  #start(job: Job): void {
    const run: Run = { job, abort: new AbortController(), facts: null, failure: null };
    this.#run = run;
    this.#train(job, run.abort.signal)
      .then((facts) => {
        run.facts = facts;
      })
      .catch((cause: unknown) => {
        if (cause instanceof HeadraceError && cause.remedy !== 'retry') run.facts = [this.#failed(job, cause)];
        else if (cause instanceof HeadraceError && cause.code === 'TRAINING_SET_UNUSABLE')
          run.facts = [this.#failed(job, cause)];
        else if (cause instanceof HeadraceError) run.failure = cause;
        else run.facts = [this.#failed(job, cause as Error)];
      })
      .finally(() => this.#wake());
  }

  async #train(job: Job, signal: AbortSignal): Promise<readonly ModelFact[]> {
    const { artifacts, follower, clock, logger } = this.#options;
    const { model, request } = job;
    const state = follower.of(model.name);
    const json = JSON.parse((await artifacts.get(job.snapshot)).toString()) as unknown;
    const manifest = parseSnapshotManifest(job.snapshot, json);
    const champion =
      state.champion === null ? null : await this.#champion(state.versions.get(state.champion)!.lineage.manifest);
    const version = state.nextVersion;
    const train = this.#options.train ?? trainFromSnapshot;
    const result = await train({ manifest, model, version, artifacts, champion, clock, logger, signal });
    const { decision } = result;
    const common = { model: model.name, who: 'train', by: 'automatic' as const };
    const why = decision.reasons.join('; ');
    const at = clock.now();
    const registered: ModelFact = {
      kind: 'registered',
      at,
      body: {
        ...common,
        why: `retrain message ${request.topic}/${request.partition} offset ${request.offset}`,
        version,
        view: result.manifest.view,
        metrics: { ...result.manifest.metrics },
        lineage: { snapshot: job.snapshot, manifest: result.manifestId, onnx: result.manifest.onnx, request },
      },
    };
    const outcome: ModelFact = decision.promote
      ? { kind: 'promoted', at, body: { ...common, why, version, expects: state.champion } }
      : { kind: 'rejected', at, body: { ...common, why, version, reasons: [...decision.reasons], request } };
    return [registered, outcome];
  }

  async #champion(manifestId: string) {
    const json = JSON.parse((await this.#options.artifacts.get(manifestId)).toString()) as unknown;
    return parseModelManifest(manifestId, json);
  }

  #failed({ model, request }: Job, cause: Error): ModelFact {
    this.#options.logger.warn({ model: model.name, err: cause }, 'training failed');
    const body = { model: model.name, who: 'train', by: 'automatic' as const, why: 'training failed', version: null };
    return { kind: 'rejected', at: this.#options.clock.now(), body: { ...body, reasons: [cause.message], request } };
  }

  async #write(facts: readonly ModelFact[]): Promise<void> {
    const { definition } = this.#options;
    const topic = modelsTopic(definition.name);
    const records = facts.map(({ kind, at, body }) => ({
      topic,
      partition: 0,
      key: body.model,
      value: this.#writer!.encode(kind, at, body),
    }));
    const appended = await inTransaction(this.#producer!, records);
    // The next run counts versions from here: it must not begin before these facts can be read.
    await this.#options.follower.readPast(appended[0]!.baseOffset + records.length - 1);
  }

  async close(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    this.#run?.abort.abort(new HeadraceError('TRAINING_STOPPED', 'the task stopped', { remedy: 'retry' }));
    this.#run = null;
    this.#snapshots?.close();
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  describe() {
    const model = this.#run?.job.model.name ?? null;
    return { trained: this.#trained, requests: this.#jobs.length, training: model };
  }
}
