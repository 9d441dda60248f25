/**
 * What a run left in its topics, read as a consumer would: everything that runs can be compared by, and checked for.
 * Rows are given with their bytes, so that what is equal is equal to the last bit.
 */
import { Codec, type Reader, type Writer } from '../../src/codec/avro.js';
import { factReader } from '../../src/contract/facts.js';
import {
  type AdmittedFrame,
  type AdmittedRow,
  admittedSchema,
  type FeaturesFrame,
  type FeaturesRow,
  featuresSchema,
  type InboxFrame,
  inboxSchema,
  type Prediction,
  predictionSchema,
  type Served,
  servedSchema,
  type VectorsFrame,
  type VectorsRow,
  vectorsSchema,
} from '../../src/contract/frames.js';
import { type ModelFact, parseModelFact } from '../../src/contract/models-log.js';
import {
  admittedTopic,
  deadLettersTopic,
  featuresTopic,
  inboxTopic,
  modelsTopic,
  predictionsTopic,
  retrainTopic,
  servedTopic,
  snapshotsTopic,
  vectorsTopic,
} from '../../src/contract/topics.js';
import { letterOf } from '../../src/feature/dead-letter.js';
import type { LogRecord } from '../../src/log/log.js';
import type { SnapshotPointer } from '../../src/training/snapshot.js';
import { definition } from './topology.js';
import type { World } from './world.js';

export interface Placed<T> {
  readonly offset: number;
  /** When it was appended, ms since the epoch. */
  readonly at: number;
  readonly value: T;
}
type ByPartition<T> = readonly (readonly Placed<T>[])[];

export interface Outcome {
  /** By raw topic. */
  readonly admitted: ReadonlyMap<string, ByPartition<AdmittedFrame>>;
  readonly letters: readonly string[];
  /** By group. */
  readonly inboxes: ReadonlyMap<string, ByPartition<InboxFrame>>;
  readonly features: ReadonlyMap<string, ByPartition<FeaturesFrame>>;
  readonly vectors: ByPartition<VectorsFrame>;
  readonly predictions: ByPartition<Prediction>;
  readonly served: ByPartition<Served>;
  readonly snapshots: readonly SnapshotPointer[];
  readonly models: readonly ModelFact[];
  /** Offsets of retrain messages. */
  readonly requests: readonly number[];
}

export const VIEW = definition.views[0]!;
export const MODEL = definition.models[0]!;

/** Committed records of a partition. */
export function recordsOf(world: World, topic: string, partition: number): readonly LogRecord[] {
  return world.broker.partition({ topic, partition }).read(0, Number.POSITIVE_INFINITY).records;
}

export async function readOutcome(world: World): Promise<Outcome> {
  const codec = new Codec(world.registry);
  const all = async <T>(topic: string, schema: unknown): Promise<Placed<T>[][]> => {
    const reader = codec.reader<T>(schema);
    const { partitions } = world.broker.describe(topic)!;
    const result: Placed<T>[][] = [];
    for (let p = 0; p < partitions; p++) {
      const records = recordsOf(world, topic, p).filter(({ value }) => value !== null);
      await reader.prepare(records.map(({ value }) => value));
      result.push(
        records.map(({ offset, timestamp, value }) => ({ offset, at: timestamp, value: reader.decode(value!) })),
      );
    }
    return result;
  };
  const { name, events, groups } = definition;
  const admitted = new Map<string, ByPartition<AdmittedFrame>>();
  const letters: string[] = [];
  for (const event of events) {
    admitted.set(event.topic, await all(admittedTopic(name, event.topic), admittedSchema(event)));
    const topic = deadLettersTopic(name, event.topic);
    for (let p = 0; p < world.broker.describe(topic)!.partitions; p++) {
      for (const record of recordsOf(world, topic, p)) {
        const letter = letterOf(record);
        if (letter !== null) letters.push(`${letter.topic}/${letter.partition}/${letter.offset}`);
      }
    }
  }
  const inboxes = new Map<string, ByPartition<InboxFrame>>();
  const features = new Map<string, ByPartition<FeaturesFrame>>();
  for (const group of groups) {
    inboxes.set(group.name, await all(inboxTopic(name, group), inboxSchema(definition, group)));
    features.set(group.name, await all(featuresTopic(name, group, VIEW.score), featuresSchema(group)));
  }
  const facts = factReader(codec);
  const snapshots: SnapshotPointer[] = [];
  for (const { value } of recordsOf(world, snapshotsTopic(name), 0))
    snapshots.push((await facts.decode<SnapshotPointer>(value!)).body);
  const models: ModelFact[] = [];
  for (const { value } of recordsOf(world, modelsTopic(name), 0))
    models.push(parseModelFact('models', await facts.decode(value!)));
  return {
    models,
    requests: recordsOf(world, retrainTopic(name, MODEL.name), 0).map(({ offset }) => offset),
    admitted,
    letters,
    inboxes,
    features,
    vectors: await all(vectorsTopic(name, VIEW), vectorsSchema(definition, VIEW)),
    predictions: await all(predictionsTopic(name, MODEL.name), predictionSchema(definition, VIEW)),
    served: await all(servedTopic(name, VIEW), servedSchema),
    snapshots,
  };
}

/** Bytes of one row, as its topic would hold it. */
export class RowBytes {
  readonly #admitted = new Map<string, Writer<AdmittedFrame>>();
  readonly #features = new Map<string, Writer<FeaturesFrame>>();
  #vectors!: Writer<VectorsFrame>;

  static async open(codec: Codec): Promise<RowBytes> {
    const bytes = new RowBytes();
    const { name } = definition;
    for (const event of definition.events) {
      bytes.#admitted.set(event.topic, await codec.writer(admittedTopic(name, event.topic), admittedSchema(event)));
    }
    for (const group of definition.groups)
      bytes.#features.set(group.name, await codec.writer(`${group.name}`, featuresSchema(group)));
    bytes.#vectors = await codec.writer(vectorsTopic(name, VIEW), vectorsSchema(definition, VIEW));
    return bytes;
  }

  admitted(topic: string, row: AdmittedRow): string {
    return text(this.#admitted.get(topic)!.encode({ before: 0, after: 0, known: 0, mark: 0, rows: [row] }));
  }
  features(group: string, row: FeaturesRow): string {
    return text(this.#features.get(group)!.encode({ inboxPartition: 0, inboxOffset: 0, rows: [row] }));
  }
  vector(row: VectorsRow): string {
    return text(this.#vectors.encode({ view: '', rows: [row] }));
  }
}

/** Without the id of the schema, which is given in the order of registration. */
const PREFIX_BYTES = 5;
const text = (bytes: Buffer) => bytes.toString('latin1', PREFIX_BYTES);

export type { Reader };
