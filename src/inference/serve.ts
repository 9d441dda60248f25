/**
 * The stage `serve`: one task per view × raw partition of its scored event.
 * Goal: every admitted event once, in raw order, as vector and (from the first promotion on) prediction. Method: join by
 * position, score the ready head as one batch, write vectors, predictions and one `served` record in one transaction of the
 * role's producer. After a fence it goes on from the last committed `served`.
 * A live row, one that was read within the view's deadline of its admitted frame's append, is emitted by then with what has answered.
 * Invariants: one server per offset; nothing is read of a group beyond the answer to the head.
 */
import type { Codec, Reader, Writer } from '../codec/avro.js';
import {
  type AdmittedFrame,
  admittedSchema,
  type FeaturesFrame,
  featuresSchema,
  type Prediction,
  predictionSchema,
  type Served,
  servedSchema,
  type VectorsFrame,
  type VectorsRow,
  vectorsSchema,
} from '../contract/frames.js';
import { readFrame, readFrames } from '../contract/read-frames.js';
import { cutRows, textBytes, valuesBytes } from '../contract/row-bytes.js';
import { admittedTopic, featuresTopic, predictionsTopic, servedTopic, vectorsTopic } from '../contract/topics.js';
import { type Log, lastRecord, type Outgoing, type TransactionalProducer } from '../log/log.js';
import type { Ends } from '../runtime/ends.js';
import { Feed } from '../runtime/feed.js';
import { Lag } from '../runtime/lag.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import { inTransaction } from '../runtime/transaction.js';
import type { TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { Join, type Joined, Side } from './join.js';
import type { Scorer, ServingModel } from './serving-model.js';
import { type VectorMaker, vectorMaker } from './vector.js';

export interface ServeOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  readonly viewHash: string;
  readonly partition: number;
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly model: ServingModel;
  readonly batchRowsMax: number;
  readonly frameBytesMax: number;
  /** `served` is renewed, changed or not, this often, so that what it points at is kept. */
  readonly renewMs: number;
  /** Where partitions end, for the lag; absent: as the last fetch said. */
  readonly ends?: Ends;
}

/** Admitted rows held before the partition is read on. */
const ADMITTED_ROWS_MAX = 8192;
/** A deadline may be longer than a timer can be: it is looked at again. */
const DUE_SLEEP_MAX_MS = 1_000;
/** Rows of one vectors frame. */
const FRAME_ROWS_MAX = 512;

const vectorBytes = ({ id, keys, features }: VectorsRow) =>
  64 + textBytes(id) + valuesBytes(keys) + valuesBytes(features);

interface Reading {
  readonly side: Side;
  readonly reader: Reader<FeaturesFrame>;
  feed: Feed | null;
}

export class Serve implements StageTask {
  readonly #options: ServeOptions;
  readonly #maker: VectorMaker;
  #join = new Join([], 0, 0);
  #readings: Reading[] = [];
  #admitted: Feed | null = null;
  #admittedReader: Reader<AdmittedFrame>;
  #vectors: Writer<VectorsFrame> | null = null;
  #predictions: Writer<Prediction> | null = null;
  #served: Writer<Served> | null = null;
  #producer: TransactionalProducer | null = null;
  #renewedAtMs = 0;
  #vectorRows = 0;
  #predicted = 0;
  #time = -1;
  #known = -1;
  #lag = new Lag();
  #scorer: Scorer | null = null;
  #saidNoModel = false;
  /** Emitted without some group. */
  #missed = 0;
  #wake: () => void = () => {};
  /** Until when a timer runs, ms since the epoch. */
  #timer: number | null = null;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#maker = vectorMaker(options.definition, options.view);
    const scored = options.definition.events.find((event) => event.topic === options.view.score)!;
    this.#admittedReader = options.codec.reader(admittedSchema(scored));
  }

  async open(wake: () => void): Promise<void> {
    const { definition, view, partition, log, codec, clock } = this.#options;
    this.#wake = wake;
    const role = `${definition.name}.serve.${view.name}.${partition}`;
    this.#producer = await log.transactional(role);
    this.#vectors = await codec.writer(vectorsTopic(definition.name, view), vectorsSchema(definition, view));
    this.#served = await codec.writer(servedTopic(definition.name, view), servedSchema);
    const model = definition.models.find((candidate) => candidate.view === view.name);
    if (model) {
      const topic = predictionsTopic(definition.name, model.name);
      this.#predictions = await codec.writer(topic, predictionSchema(definition, view));
    }
    const last = await this.#lastServed();
    const groups = view.groups.map((name) => definition.groups.find((group) => group.name === name)!);
    this.#readings = [];
    for (const group of groups) {
      const topic = featuresTopic(definition.name, group, view.score);
      const low = last?.low.find((entry) => entry.topic === topic)?.offset ?? (await this.#start(topic));
      this.#readings.push({
        side: new Side(topic, low),
        reader: codec.reader(featuresSchema(group)),
        feed: null,
      });
    }
    const sides = this.#readings.map((reading) => reading.side);
    const admitted = admittedTopic(definition.name, view.score);
    const resumeAt = last?.admittedOffset ?? (await this.#start(admitted));
    // Where retention has taken nothing, nothing may be missing before the first frame.
    this.#join = new Join(sides, last?.offset ?? 0, resumeAt, last === null && resumeAt > 0);
    await this.#options.model.readToEnd();
    this.#renewedAtMs = clock.now();
    this.#lag.close();
    this.#lag = new Lag(this.#options.ends?.watch({ topic: admitted, partition }));
    this.#admitted = new Feed(log.subscribe({ topic: admitted, partition, offset: this.#join.resumeAt }, wake));
    for (const reading of this.#readings) {
      const at = { topic: reading.side.topic, partition, offset: reading.side.next };
      reading.feed = new Feed(log.subscribe(at, wake));
    }
  }

  async #start(topic: string): Promise<number> {
    const [bounds] = await this.#options.log.offsets([{ topic, partition: this.#options.partition }]);
    return bounds!.start;
  }

  async #lastServed(): Promise<Served | null> {
    const { definition, view, partition, log, codec } = this.#options;
    const at = { topic: servedTopic(definition.name, view), partition };
    return readFrame(codec.reader<Served>(servedSchema), at, await lastRecord(log, at));
  }

  async step(): Promise<Progress> {
    const read = await this.#read();
    const now = this.#options.clock.now();
    const ready = this.#join.ready(this.#options.batchRowsMax, now);
    if (ready.length > 0) {
      await this.#emit(ready);
      return 'busy';
    }
    this.#wakeWhenDue(now);
    if (now - this.#renewedAtMs >= this.#options.renewMs) await this.#emit([]);
    return read ? 'busy' : 'idle';
  }

  #wakeWhenDue(now: number): void {
    const { due } = this.#join;
    if (due === null || this.#timer === due) return;
    this.#timer = due;
    void this.#options.clock.sleep(Math.min(Math.max(0, due - now), DUE_SLEEP_MAX_MS)).then(() => {
      if (this.#timer !== due) return;
      this.#timer = null;
      this.#wake();
    });
  }

  /** When the rows of an admitted frame that is read now are due; null: they come from a time before, or there is no deadline. */
  #dueOf(appendedAt: number): number | null {
    const { deadlineMs } = this.#options.view;
    if (deadlineMs === undefined) return null;
    const now = this.#options.clock.now();
    // A broker whose clock is ahead does not make them wait longer.
    return now - appendedAt <= deadlineMs ? Math.min(appendedAt, now) + deadlineMs : null;
  }

  async #read(): Promise<boolean> {
    let moved = false;
    if (this.#join.held < ADMITTED_ROWS_MAX) {
      const fetched = this.#admitted!.peek();
      if (fetched !== null) {
        moved = true;
        let rows = 0;
        for (const { offset, timestamp, frame } of await readFrames(this.#admittedReader, fetched, fetched.records)) {
          this.#join.pushAdmitted(offset, frame, this.#dueOf(timestamp));
          rows += frame.rows.length;
        }
        this.#lag.read(fetched, rows);
        this.#admitted!.applied();
      }
    }
    for (const { side, reader, feed } of this.#readings) {
      if (!this.#join.misses(side)) continue;
      const fetched = feed!.peek();
      if (fetched === null) continue;
      moved = true;
      for (const { offset, frame } of await readFrames(reader, fetched, fetched.records)) {
        side.push(offset, frame, this.#join.head);
      }
      side.considered(fetched.next);
      feed!.applied();
    }
    return moved;
  }

  async #emit(ready: readonly Joined[]): Promise<void> {
    const { definition, view, viewHash, partition, clock, model } = this.#options;
    this.#scorer = await model.current();
    const rows = ready.map(({ row, features }) => this.#maker.make(row, features));
    const scores = this.#scorer && rows.length > 0 ? await this.#scorer.score(rows) : null;
    if (this.#scorer === null && rows.length > 0) this.#sayNoModel();
    const outgoing: Outgoing[] = [];
    for (const run of cutRows(rows, vectorBytes, { rowsMax: FRAME_ROWS_MAX, bytesMax: this.#options.frameBytesMax })) {
      const frame: VectorsFrame = { view: viewHash, rows: run };
      outgoing.push({ topic: vectorsTopic(definition.name, view), partition, value: this.#vectors!.encode(frame) });
    }
    if (scores !== null) for (let i = 0; i < rows.length; i++) outgoing.push(this.#prediction(rows[i]!, scores[i]!));
    const served: Served = {
      ...this.#join.after(ready.length),
      low: this.#join.sides.map((side) => ({ topic: side.topic, offset: side.low })),
      view: view.name,
      viewHash,
      model: this.#scorer?.model ?? null,
      version: this.#scorer?.version ?? null,
      rows: ready.length,
    };
    outgoing.push({ topic: servedTopic(definition.name, view), partition, value: this.#served!.encode(served) });
    await inTransaction(this.#producer!, outgoing);
    this.#join.served(ready.length);
    this.#renewedAtMs = clock.now();
    this.#vectorRows += rows.length;
    for (const { missing } of rows) if (missing.length > 0) this.#missed++;
    if (scores !== null) this.#predicted += rows.length;
    this.#time = rows.at(-1)?.time ?? this.#time;
    this.#known = ready.at(-1)?.row.known ?? this.#known;
  }

  #prediction(row: VectorsRow, score: number): Outgoing {
    const { definition, view, viewHash, partition } = this.#options;
    const { model, version } = this.#scorer!;
    const { offset, id, time, keys, missing } = row;
    const value: Prediction = {
      topic: view.score,
      partition,
      offset,
      id,
      time,
      keys,
      score,
      model,
      version,
      view: viewHash,
      missing,
    };
    return {
      topic: predictionsTopic(definition.name, model),
      partition,
      key: id,
      value: this.#predictions!.encode(value),
    };
  }

  #sayNoModel(): void {
    if (this.#saidNoModel) return;
    this.#saidNoModel = true;
    const { view, partition, logger } = this.#options;
    logger.info({ view: view.name, partition }, 'no model is promoted: vectors are written, predictions are not');
  }

  async close(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    this.#admitted?.close();
    this.#lag.close();
    for (const reading of this.#readings) reading.feed?.close();
    this.#timer = null;
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  describe() {
    const head = this.#join.held > 0;
    const missing = head
      ? this.#readings.filter(({ side }) => this.#join.misses(side)).map(({ side }) => side.topic)
      : [];
    return {
      next_offset: this.#join.head,
      held_rows: this.#join.held + this.#join.sides.reduce((sum, side) => sum + side.held, 0),
      vectors: this.#vectorRows,
      predictions: this.#predicted,
      deadline_missed: this.#missed,
      lag_rows: this.#join.held + this.#lag.rows,
      known_ms: this.#known,
      event_time_ms: this.#time,
      model_version: this.#scorer?.version ?? null,
      waits_for: missing.join(', ') || null,
      limited_by: missing.length > 0 ? 'features' : null,
    };
  }
}
