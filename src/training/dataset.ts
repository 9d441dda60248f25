/**
 * A snapshot as rows to train and to judge on.
 * Method: DuckDB reads the parts from the artifact store, labels and splits them (see dataset-sql.ts); category codes are made of the
 * training rows alone; rows come in the order (event time, partition, offset).
 * Invariant: the arrays are a function of manifest, model definition and codes.
 * Errors: `TRAINING_SET_UNUSABLE` (no training row; or, for the built-in trainer, labels of one kind), `SNAPSHOT_OF_ANOTHER_VIEW`, `LABEL_JOIN_MISSING`, those of the artifact store.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ArtifactStore } from '../contract/artifacts.js';
import { type Codes, rowEncoder } from '../contract/encode-row.js';
import type { Part, SnapshotManifest } from '../contract/manifest.js';
import { HeadraceError } from '../error.js';
import type { ModelDefinition } from '../topology/definition.js';
import { quoted } from '../topology/sql/names.js';
import { orderCategories } from './codes.js';
import { datasetSql } from './dataset-sql.js';
import { featureColumn } from './parts.js';
import { type Labels, oneKind, tooFew, unusable } from './unusable.js';

export interface DatasetRows {
  /** Row-major [n, columns], float32, missing is NaN. */
  readonly matrix: Float32Array<ArrayBuffer>;
  /** [n], 0 or 1. */
  readonly labels: Uint8Array<ArrayBuffer>;
  /** [n], event times, ms, rising. */
  readonly t: Float64Array<ArrayBuffer>;
}

export interface Dataset {
  /** Of the training rows. */
  readonly codes: Codes;
  readonly counts: { readonly eligible: number; readonly train: number; readonly gate: number };
  /** Event time of the last training row, ms. */
  readonly trainedUntil: number;
  /** @param codes absent: the dataset's own; a champion brings its own */
  read(split: 'train' | 'gate', codes?: Codes): Promise<DatasetRows>;
  close(): void;
}

export async function openDataset(
  manifest: SnapshotManifest,
  model: ModelDefinition,
  artifacts: ArtifactStore,
): Promise<Dataset> {
  if (manifest.view.name !== model.view) {
    throw new HeadraceError(
      'SNAPSHOT_OF_ANOTHER_VIEW',
      `model ${model.name} reads view ${model.view}, and the snapshot is of view ${manifest.view.name}; take one of its own`,
      { remedy: 'fix-input', model: model.name, view: manifest.view.name },
    );
  }
  const paths = (wanted: (part: Part) => boolean) =>
    Promise.all(manifest.parts.filter(wanted).map(({ sha256 }) => artifacts.path(sha256)));
  const vectors = await paths(({ kind }) => kind === 'vectors');
  const labels = await paths((part) => part.kind === 'labels' && part.model === model.name);
  if (vectors.length === 0) throw unusable(model, 'the snapshot has no vectors yet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    for (const sql of datasetSql(manifest, model, { vectors, labels })) await connection.run(sql);
    return { ...(await describe(connection, manifest, model)), close };
  } catch (cause) {
    close();
    throw cause;
  }
}

async function describe(
  connection: DuckDBConnection,
  manifest: SnapshotManifest,
  model: ModelDefinition,
): Promise<Omit<Dataset, 'close'>> {
  const [found] = await rowsOf(
    connection,
    `select any_value(rows)::double as eligible, (count(*) filter (split = 'train'))::double as train,
       (count(*) filter (split = 'gate'))::double as gate, (max(event_time) filter (split = 'train'))::double as until,
       (count(*) filter (split = 'train' and label = 1))::double as positives
     from eligible left join example on true`,
  );
  const counts = found as Record<'eligible' | 'train' | 'gate' | 'until' | 'positives', number>;
  const { eligible, train, gate, until, positives } = counts;
  if (train === 0) {
    const [ends] = await rowsOf(
      connection,
      `select min(event_time)::double as first, (select max(event_time)::double from vector_eligible) as last from vector`,
    );
    const { first, last } = ends as { first: number; last: number | null };
    throw tooFew(model, { first, lastEligible: last, asOf: manifest.asOf, eligible });
  }
  if ((positives === 0 || positives === train) && model.trainer.kind === 'boostedTrees') {
    throw oneKind(model, train, positives > 0, await labelsOf(connection, model));
  }
  const codes = await codesOf(connection, manifest);
  return {
    codes,
    counts: { eligible, train, gate },
    trainedUntil: until,
    read: (split, other) => readRows(connection, manifest, split, { train, gate }[split], other ?? codes),
  };
}

/** Only asked where something is wrong. */
async function labelsOf(connection: DuckDBConnection, { label: { withinMs } }: ModelDefinition): Promise<Labels> {
  const [found] = await rowsOf(
    connection,
    `select (select count(*)::double from label) as "all", count(*)::double as found,
       (count(*) filter (known_time > last_time))::double as late
     from (select l.known_time, max(v.event_time) + ${withinMs} as last_time
       from label l join vector_eligible v on l.join_value = v.join_value
       group by l.topic, l.partition, l."offset", l.known_time)`,
  );
  return found as unknown as Labels;
}

async function codesOf(connection: DuckDBConnection, manifest: SnapshotManifest): Promise<Codes> {
  const codes: Record<string, readonly string[]> = {};
  for (const { name, type } of manifest.columns) {
    if (type !== 'category') continue;
    const counts = await rowsOf(
      connection,
      `select ${quoted(featureColumn(name))} as category, count(*)::double as rows, sum(label)::double as positives
       from example where split = 'train' and category is not null group by category`,
    );
    codes[name] = orderCategories(counts as never);
  }
  return codes;
}

async function readRows(
  connection: DuckDBConnection,
  { columns }: SnapshotManifest,
  split: 'train' | 'gate',
  rows: number,
  codes: Codes,
): Promise<DatasetRows> {
  const width = columns.length;
  const encoder = rowEncoder(columns, codes);
  const matrix = new Float32Array(rows * width);
  const labels = new Uint8Array(rows);
  const t = new Float64Array(rows);
  const features = columns.map(({ name }) => quoted(featureColumn(name))).join(', ');
  const result = await connection.stream(
    `select event_time::double, label, ${features} from example where split = '${split}'
     order by event_time, partition, "offset"`,
  );
  let first = 0;
  for await (const chunk of result) {
    const times = chunk.getColumnVector(0);
    const told = chunk.getColumnVector(1);
    for (let i = 0; i < chunk.rowCount; i++) {
      t[first + i] = times.getItem(i) as number;
      labels[first + i] = told.getItem(i) as number;
    }
    // hot: by column, since a chunk is stored so
    for (let column = 0; column < width; column++) {
      const vector = chunk.getColumnVector(2 + column);
      for (let i = 0; i < chunk.rowCount; i++)
        matrix[(first + i) * width + column] = encoder.value(column, vector.getItem(i) as number | string | null);
    }
    first += chunk.rowCount;
  }
  return { matrix, labels, t };
}

const rowsOf = async (connection: DuckDBConnection, sql: string) =>
  (await connection.runAndReadAll(sql)).getRowObjectsJS();
