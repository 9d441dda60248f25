/** What a topology has written, read as any consumer would. */
import type { Codec, Reader } from '../../src/codec/avro.js';
import {
  type Prediction,
  predictionSchema,
  type VectorsFrame,
  type VectorsRow,
  vectorsSchema,
} from '../../src/contract/frames.js';
import { deadLettersTopic, predictionsTopic, vectorsTopic } from '../../src/contract/topics.js';
import { type Letter, letterOf } from '../../src/feature/dead-letter.js';
import { type Log, type LogRecord, readToEnd } from '../../src/log/log.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';

async function* records(log: Log, topic: string): AsyncGenerator<{ partition: number; record: LogRecord }> {
  const info = await log.describeTopic(topic);
  for (let partition = 0; partition < (info?.partitions ?? 0); partition++) {
    for await (const record of readToEnd(log, { topic, partition })) yield { partition, record };
  }
}

async function decoded<T>(reader: Reader<T>, value: Buffer): Promise<T> {
  if (!reader.ready(value)) await reader.prepare([value]);
  return reader.decode(value);
}

export interface PlacedRow {
  readonly partition: number;
  readonly row: VectorsRow;
}

/** Every vector, in the order of its topic's partitions: repeats would show. */
export async function vectorsOf(definition: TopologyDefinition, log: Log, codec: Codec): Promise<PlacedRow[]> {
  const view = definition.views[0]!;
  const reader = codec.reader<VectorsFrame>(vectorsSchema(definition, view));
  const rows: PlacedRow[] = [];
  for await (const { partition, record } of records(log, vectorsTopic(definition.name, view))) {
    for (const row of (await decoded(reader, record.value!)).rows) rows.push({ partition, row });
  }
  return rows;
}

export async function predictionsOf(definition: TopologyDefinition, log: Log, codec: Codec): Promise<Prediction[]> {
  const reader = codec.reader<Prediction>(predictionSchema(definition, definition.views[0]!));
  const predictions: Prediction[] = [];
  const topic = predictionsTopic(definition.name, definition.models[0]!.name);
  for await (const { record } of records(log, topic)) predictions.push(await decoded(reader, record.value!));
  return predictions;
}

/** A row as text in which equal bits are equal and others are not: names in order, and JSON has no negative zero. */
export const exact = (row: Omit<VectorsRow, 'offset'>) =>
  JSON.stringify(row, (_, value) => {
    if (Object.is(value, -0)) return '-0';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

/** The dead letters of a raw topic, in the order of their topic's partitions. */
export async function lettersOf(definition: TopologyDefinition, log: Log, raw: string): Promise<Letter[]> {
  const letters: Letter[] = [];
  for await (const { record } of records(log, deadLettersTopic(definition.name, raw))) {
    const letter = letterOf(record);
    if (letter !== null) letters.push(letter);
  }
  return letters;
}
