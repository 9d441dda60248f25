/**
 * Snapshot parts: vectors and label events of one raw partition's offset range as immutable Parquet files in the artifact store.
 * Method: a vector part has a row for each position, features as flat columns `feature_<name>` (numbers FLOAT, categories VARCHAR),
 * the scored event's key fields as `key_<field>`; a label part has the label's condition already evaluated.
 * Invariants: offsets rise within a part and lie within its name's range; the same rows give the same sha256.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactStore } from '../contract/artifacts.js';
import type { AdmittedRow, VectorsRow } from '../contract/frames.js';
import type { Part } from '../contract/manifest.js';
import { assert } from '../error.js';
import { type FileColumn, writeParquet } from '../log/parquet.js';
import { conditionOnRow } from '../topology/condition.js';
import type { ModelDefinition, Scalar } from '../topology/definition.js';
import type { Column } from '../topology/fields.js';

/** Columns of a user's names bear a prefix, so that they cannot collide with Headrace's. */
export const featureColumn = (name: string) => `feature_${name}`;
export const keyColumn = (field: string) => `key_${field}`;

/** Raw offsets of one partition: `to` is the one after the last. */
export interface PartRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}
export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/**
 * @param columns of the view, in its order
 * @param rows in order of offset; only those within the range
 * @returns null where there is no row
 */
export function writeVectorsPart(
  artifacts: ArtifactStore,
  range: PartRange,
  view: { readonly columns: readonly Column[]; readonly keys: readonly string[] },
  rows: Rows<VectorsRow>,
  source: Part['source'] = 'serve',
): Promise<Part | null> {
  const columns: FileColumn<VectorsRow>[] = [
    { name: 'partition', type: 'INTEGER', value: () => range.partition },
    { name: 'offset', type: 'BIGINT', value: ({ offset }) => BigInt(offset) },
    { name: 'known_time', type: 'BIGINT', value: ({ known }) => BigInt(known) },
    { name: 'event_time', type: 'BIGINT', value: ({ time }) => BigInt(time) },
    { name: 'event_id', type: 'VARCHAR', value: ({ id }) => id },
    { name: 'missing_groups', type: 'VARCHAR', value: ({ missing }) => missing.join(',') },
  ];
  for (const field of view.keys)
    columns.push({ name: keyColumn(field), type: 'VARCHAR', value: ({ keys }) => joinText(keys[field]) });
  for (const { name, type } of view.columns)
    columns.push({
      name: featureColumn(name),
      type: type === 'number' ? 'FLOAT' : 'VARCHAR',
      value: ({ features }) => features[name] ?? null,
    });
  return writePart(artifacts, { kind: 'vectors', model: null, source, ...range }, columns, rows);
}

interface LabelRow {
  readonly row: AdmittedRow;
  readonly join: string;
}

/**
 * @param rows of the label event's admitted topic, in order of offset; one whose join field is null meets nothing and is left out
 * @returns null where there is no row
 */
export function writeLabelsPart(
  artifacts: ArtifactStore,
  range: PartRange,
  model: ModelDefinition,
  rows: Rows<AdmittedRow>,
  source: Part['source'] = 'serve',
): Promise<Part | null> {
  const { is, join } = model.label;
  const satisfies = conditionOnRow(is);
  const columns: FileColumn<LabelRow>[] = [
    { name: 'topic', type: 'VARCHAR', value: () => range.topic },
    { name: 'partition', type: 'INTEGER', value: () => range.partition },
    { name: 'offset', type: 'BIGINT', value: ({ row }) => BigInt(row.offset) },
    { name: 'known_time', type: 'BIGINT', value: ({ row }) => BigInt(row.known) },
    { name: 'event_time', type: 'BIGINT', value: ({ row }) => BigInt(row.time) },
    { name: 'join_value', type: 'VARCHAR', value: (label) => label.join },
    { name: 'label', type: 'BOOLEAN', value: ({ row }) => satisfies(row.event) },
  ];
  async function* joined(): AsyncGenerator<LabelRow> {
    for await (const row of rows) {
      const value = joinText(row.event[join.label]);
      if (value !== null) yield { row, join: value };
    }
  }
  return writePart(artifacts, { kind: 'labels', model: model.name, source, ...range }, columns, joined());
}

/** Scored and label event meet where these texts are equal. */
function joinText(value: Scalar | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

export interface PartsWriter {
  readonly vectors: typeof writeVectorsPart;
  readonly labels: typeof writeLabelsPart;
}
export const PARQUET_PARTS: PartsWriter = { vectors: writeVectorsPart, labels: writeLabelsPart };

async function writePart<Row extends { offset: number } | LabelRow>(
  artifacts: ArtifactStore,
  part: Omit<Part, 'file' | 'sha256' | 'rows'>,
  columns: readonly FileColumn<Row>[],
  rows: Rows<Row>,
): Promise<Part | null> {
  const subject = part.model === null ? part.kind : `${part.kind}-${part.model}`;
  const file = `${subject}-${part.topic}-${part.partition}-${part.from}-${part.to}.parquet`;
  async function* inRange(): AsyncGenerator<Row> {
    let next = part.from;
    for await (const row of rows) {
      const offset = 'row' in row ? row.row.offset : row.offset;
      assert(offset >= next && offset < part.to, `${file} holds rising offsets of its range (met ${offset})`);
      next = offset + 1;
      yield row;
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'headrace-part-'));
  try {
    const path = join(folder, file);
    const written = await writeParquet(path, columns, inRange());
    return written === 0 ? null : { ...part, file, sha256: await artifacts.putFile(path), rows: written };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
