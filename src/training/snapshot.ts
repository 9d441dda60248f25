/**
 * The stage `snapshot`: one task per view.
 * Goal: training sets that are immutable and say what they cover. Method: follow the view's vectors and the admitted label
 * events; cut what came since into Parquet parts every `snapshotMs`, and at once when a retrain message asks for it (then
 * everything that was committed when the message was read is in it). A snapshot is a manifest over all parts so far.
 * The last pointer in `snapshots` is the checkpoint, written by the task's fenced producer; a part that no pointer names is garbage,
 * and is made again.
 */
import type { Codec, Reader } from '../codec/avro.js';
import type { ArtifactStore } from '../contract/artifacts.js';
import { type FactReader, type FactWriter, factReader, factWriter } from '../contract/facts.js';
import {
  type AdmittedFrame,
  type AdmittedRow,
  admittedSchema,
  NO_MARK,
  type VectorsFrame,
  type VectorsRow,
  vectorsSchema,
} from '../contract/frames.js';
import {
  asOfKnown,
  type Considered,
  manifestBytes,
  type Part,
  parseSnapshotManifest,
  type SnapshotManifest,
} from '../contract/manifest.js';
import type { Position } from '../contract/models-log.js';
import { readFrames } from '../contract/read-frames.js';
import { admittedTopic, type RawPartitions, retrainTopic, snapshotsTopic, vectorsTopic } from '../contract/topics.js';
import { type Log, readToEnd, type TransactionalProducer } from '../log/log.js';
import type { Ends } from '../runtime/ends.js';
import { Feed } from '../runtime/feed.js';
import { Lag } from '../runtime/lag.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import { inTransaction } from '../runtime/transaction.js';
import { viewHash } from '../topology/canonical.js';
import type { ModelDefinition, TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { keyFields, viewColumns } from '../topology/fields.js';
import { PARQUET_PARTS, type PartsWriter } from './parts.js';

/** What a record of the `snapshots` topic says. */
export interface SnapshotPointer {
  /** Artifact id of the manifest. */
  readonly manifest: string;
  readonly view: { readonly name: string; readonly version: number; readonly hash: string };
  readonly rows: number;
  readonly asOf: number | null;
  /** The retrain message that asked for it, with its model. */
  readonly request: { readonly model: string; readonly at: Position } | null;
  /** Where the task goes on: Kafka offsets by `topic/partition`, retrain topics included. */
  readonly resume: Readonly<Record<string, number>>;
}

export interface SnapshotOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  readonly rawPartitions: RawPartitions;
  readonly log: Log;
  readonly codec: Codec;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly snapshotMs: number;
  /** Where partitions end, for the lag; absent: as the last fetch said. */
  readonly ends?: Ends;
  /** Default: Parquet files. */
  readonly parts?: PartsWriter;
}

/** Rows held before a part is cut, whatever the time: bounds memory. */
const HELD_ROWS_MAX = 200_000;

/** One partition that the task follows, and its rows since the last part. */
interface Input<Row> {
  /** The raw topic: parts are named by raw offsets. */
  readonly raw: string;
  readonly topic: string;
  readonly partition: number;
  feed: Feed;
  /** The next Kafka offset of `topic` to read, and the raw offsets from which and before which rows are held. */
  next: number;
  from: number;
  to: number;
  known: number;
  rows: Row[];
  readonly lag: Lag;
}

interface Request {
  readonly model: ModelDefinition;
  readonly at: Position;
  /** Ends of all inputs when the request was read: `topic/partition` → offset. */
  readonly ends: ReadonlyMap<string, number>;
}

const placeOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

export class Snapshot implements StageTask {
  readonly #options: SnapshotOptions;
  readonly #models: readonly ModelDefinition[];
  readonly #view;
  readonly #vectorsReader: Reader<VectorsFrame>;
  readonly #labelReaders = new Map<string, Reader<AdmittedFrame>>();
  readonly #facts: FactReader;
  #writer: FactWriter | null = null;
  #producer: TransactionalProducer | null = null;
  #vectors: Input<VectorsRow>[] = [];
  #labels: Input<AdmittedRow>[] = [];
  #retrain: { model: ModelDefinition; feed: Feed; next: number }[] = [];
  #parts: Part[] = [];
  #rows = 0;
  #requests: Request[] = [];
  #cutAtMs = 0;
  #snapshots = 0;
  #asOf: number | null = null;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    const { definition, view, codec } = options;
    this.#models = definition.models.filter((model) => model.view === view.name);
    this.#view = { name: view.name, version: view.version, hash: viewHash(definition, view) };
    this.#vectorsReader = codec.reader(vectorsSchema(definition, view));
    for (const topic of new Set(this.#models.map((model) => model.label.event))) {
      const event = definition.events.find((candidate) => candidate.topic === topic)!;
      this.#labelReaders.set(topic, codec.reader(admittedSchema(event)));
    }
    this.#facts = factReader(codec);
  }

  async open(wake: () => void): Promise<void> {
    const { definition, view, log, codec, clock, rawPartitions, artifacts } = this.#options;
    // A predecessor that still works would point back behind its successor.
    this.#producer = await log.transactional(`${definition.name}.snapshot.${view.name}.v${view.version}`);
    const topic = snapshotsTopic(definition.name);
    this.#writer = await factWriter(codec, topic);
    let last: SnapshotPointer | null = null;
    for await (const record of readToEnd(log, { topic, partition: 0 })) {
      if (!record.value) continue;
      const { body } = await this.#facts.decode<SnapshotPointer>(record.value);
      if (body.view.hash === this.#view.hash && body.view.name === view.name) last = body;
    }
    const manifest =
      last && parseSnapshotManifest(last.manifest, JSON.parse((await artifacts.get(last.manifest)).toString()));
    this.#parts = manifest ? [...manifest.parts] : [];
    this.#rows = last?.rows ?? 0;
    this.#requests = [];
    const input = async <Row>(raw: string, own: string, partition: number): Promise<Input<Row>> => {
      const at = { topic: own, partition };
      const [bounds] = await log.offsets([at]);
      const next = last?.resume[placeOf(at)] ?? bounds!.start;
      const considered = manifest?.frontier.find((entry) => entry.topic === raw && entry.partition === partition);
      const from = considered?.next ?? 0;
      const feed = new Feed(log.subscribe({ ...at, offset: next }, wake));
      return {
        raw,
        ...at,
        feed,
        next,
        from,
        to: from,
        known: considered?.known ?? NO_MARK,
        rows: [],
        lag: new Lag(this.#options.ends?.watch(at)),
      };
    };
    this.#vectors = [];
    for (let p = 0; p < rawPartitions[view.score]!; p++) {
      this.#vectors.push(await input(view.score, vectorsTopic(definition.name, view), p));
    }
    this.#labels = [];
    for (const event of this.#labelReaders.keys()) {
      for (let p = 0; p < rawPartitions[event]!; p++)
        this.#labels.push(await input(event, admittedTopic(definition.name, event), p));
    }
    this.#retrain = [];
    for (const model of this.#models) {
      const at = { topic: retrainTopic(definition.name, model.name), partition: 0 };
      const [bounds] = await log.offsets([at]);
      const next = last?.resume[placeOf(at)] ?? bounds!.start;
      this.#retrain.push({ model, feed: new Feed(log.subscribe({ ...at, offset: next }, wake)), next });
    }
    this.#cutAtMs = clock.now();
  }

  async step(): Promise<Progress> {
    const { clock, snapshotMs } = this.#options;
    await this.#readRequests();
    const read = await this.#read();
    const [request] = this.#requests;
    if (request !== undefined && this.#covers(request)) {
      await this.#cut(request);
      return 'busy';
    }
    const held = this.#held();
    const due = held > 0 && clock.now() - this.#cutAtMs >= snapshotMs;
    if (due || held >= HELD_ROWS_MAX) await this.#cut(null);
    return read ? 'busy' : 'idle';
  }

  async #readRequests(): Promise<void> {
    const { log } = this.#options;
    for (const one of this.#retrain) {
      const fetched = one.feed.peek();
      if (fetched === null) continue;
      const ends = await log.offsets([...this.#vectors, ...this.#labels]);
      const byPlace = new Map(ends.map((end) => [placeOf(end), end.lastStable]));
      for (const record of fetched.records) {
        const at: Position = { topic: fetched.topic, partition: 0, offset: record.offset };
        if (one.model.retrain.onMessage) this.#requests.push({ model: one.model, at, ends: byPlace });
      }
      one.next = fetched.next;
      one.feed.applied();
    }
  }

  async #read(): Promise<boolean> {
    let moved = false;
    for (const input of this.#vectors) {
      const records = this.#take(input);
      if (records === null) continue;
      moved = true;
      let rows = 0;
      for (const { frame } of await readFrames(this.#vectorsReader, input.feed.peek()!, records)) {
        rows += frame.rows.length;
        if (frame.view !== this.#view.hash) continue;
        for (const row of frame.rows) if (row.offset >= input.to) this.#hold(input, row);
      }
      this.#applied(input, rows);
    }
    for (const input of this.#labels) {
      const records = this.#take(input);
      if (records === null) continue;
      moved = true;
      const reader = this.#labelReaders.get(input.raw)!;
      let rows = 0;
      for (const { frame } of await readFrames(reader, input.feed.peek()!, records)) {
        rows += frame.rows.length;
        for (const row of frame.rows) if (row.offset >= input.to) this.#hold(input, row);
        input.to = Math.max(input.to, frame.after);
        input.known = Math.max(input.known, frame.known, frame.mark);
      }
      this.#applied(input, rows);
    }
    return moved;
  }

  #take(input: Input<unknown>) {
    const fetched = input.feed.peek();
    if (fetched === null) return null;
    return fetched.records.filter((record) => record.value !== null);
  }

  #applied(input: Input<unknown>, rows: number): void {
    const fetched = input.feed.peek()!;
    input.lag.read(fetched, rows);
    input.next = fetched.next;
    input.feed.applied();
  }

  #hold<Row extends { offset: number; known: number }>(input: Input<Row>, row: Row): void {
    input.rows.push(row);
    input.to = row.offset + 1;
    input.known = Math.max(input.known, row.known);
  }

  #held(): number {
    return [...this.#vectors, ...this.#labels].reduce((sum, input) => sum + input.rows.length, 0);
  }

  #covers({ ends }: Request): boolean {
    return [...this.#vectors, ...this.#labels].every((input) => input.next >= (ends.get(placeOf(input)) ?? 0));
  }

  async #cut(request: Request | null): Promise<void> {
    const { definition, view, artifacts, clock, logger, parts = PARQUET_PARTS } = this.#options;
    const added: Part[] = [];
    const columns = { columns: viewColumns(definition, view), keys: keyFields(definition, view) };
    const rangeOf = (input: Input<unknown>) => ({
      topic: input.raw,
      partition: input.partition,
      from: input.from,
      to: input.to,
    });
    for (const input of this.#vectors) {
      const part = await parts.vectors(artifacts, rangeOf(input), columns, input.rows);
      if (part) added.push(part);
    }
    for (const input of this.#labels) {
      for (const model of this.#models.filter((candidate) => candidate.label.event === input.raw)) {
        const part = await parts.labels(artifacts, rangeOf(input), model, input.rows);
        if (part) added.push(part);
      }
    }
    const frontier = await this.#frontier();
    const manifest: SnapshotManifest = {
      format: 1,
      topology: definition.name,
      view: this.#view,
      columns: [...columns.columns],
      keys: [...columns.keys],
      parts: [...this.#parts, ...added],
      frontier,
      asOf: asOfKnown(frontier),
      createdAt: clock.now(),
    };
    const id = await artifacts.put(manifestBytes(manifest));
    const rows = this.#rows + this.#vectors.reduce((sum, input) => sum + input.rows.length, 0);
    const resume: Record<string, number> = {};
    for (const input of [...this.#vectors, ...this.#labels]) resume[placeOf(input)] = input.next;
    for (const one of this.#retrain) {
      const topic = retrainTopic(definition.name, one.model.name);
      // A request that is not answered yet is read again by a successor.
      const open = this.#requests.filter((r) => r !== request && r.model === one.model).map((r) => r.at.offset);
      resume[`${topic}/0`] = Math.min(one.next, ...open);
    }
    const pointer: SnapshotPointer = {
      manifest: id,
      view: this.#view,
      rows,
      asOf: manifest.asOf,
      request: request && { model: request.model.name, at: request.at },
      resume,
    };
    const value = this.#writer!.encode('snapshot', clock.now(), pointer);
    await inTransaction(this.#producer!, [
      { topic: snapshotsTopic(definition.name), partition: 0, key: view.name, value },
    ]);
    this.#parts = [...manifest.parts];
    this.#rows = rows;
    this.#asOf = manifest.asOf;
    this.#snapshots++;
    for (const input of [...this.#vectors, ...this.#labels]) {
      input.from = input.to;
      input.rows = [];
    }
    if (request !== null) this.#requests = this.#requests.filter((r) => r !== request);
    this.#cutAtMs = clock.now();
    logger.info({ view: view.name, snapshot: id, rows, asOf: manifest.asOf }, 'snapshot');
  }

  /** Label partitions decide how far labels are known; vectors say only what is there. */
  async #frontier(): Promise<Considered[]> {
    const raw = this.#labels.map(({ raw: topic, partition }) => ({ topic, partition }));
    const ends = await this.#options.log.offsets(raw);
    const labels = this.#labels.map((input, i) => ({ input, toEnd: input.to >= ends[i]!.lastStable }));
    const vectors = this.#vectors
      .filter((input) => !this.#labels.some((label) => label.raw === input.raw && label.partition === input.partition))
      .map((input) => ({ input, toEnd: true }));
    return [...labels, ...vectors].map(({ input, toEnd }) => ({
      topic: input.raw,
      partition: input.partition,
      next: input.to,
      toEnd,
      known: input.known === NO_MARK ? null : input.known,
    }));
  }

  async close(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    for (const { feed, lag } of [...this.#vectors, ...this.#labels]) {
      feed.close();
      lag.close();
    }
    for (const one of this.#retrain) one.feed.close();
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  describe() {
    return {
      snapshots: this.#snapshots,
      rows: this.#rows,
      held_rows: this.#held(),
      lag_rows: [...this.#vectors, ...this.#labels].reduce((sum, { lag }) => sum + lag.rows, 0),
      as_of_ms: this.#asOf,
      requests: this.#requests.length,
    };
  }
}
