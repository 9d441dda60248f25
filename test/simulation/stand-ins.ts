/**
 * What stands in for ONNX Runtime, DuckDB and the trainers, which work in threads of their own: pure, and as strict where it counts.
 * A model's file says its name; its score is a function of that and of the row's bits. A part holds its rows as lines. What is trained
 * is named by the bytes of all vectors and labels of its snapshot.
 */
import { type ArtifactStore, sha256 } from '../../src/contract/artifacts.js';
import { type ModelManifest, manifestBytes, type Part, type SnapshotManifest } from '../../src/contract/manifest.js';
import { assert, HeadraceError } from '../../src/error.js';
import type { OpenScorer } from '../../src/inference/scorer.js';
import { decide } from '../../src/training/gates.js';
import type { PartRange, PartsWriter, Rows } from '../../src/training/parts.js';
import type { TrainFromSnapshot } from '../../src/training/run.js';
import type { Host } from './host.js';
import { fnv } from './random.js';

const BEGIN = 'model ';
const END = ' end';

/** The file of a model of that name. */
export const modelFile = (name: string): Buffer => Buffer.from(`${BEGIN}${name}${END}`);
export const nameOfFile = (bytes: Uint8Array): string => Buffer.from(bytes).toString().slice(BEGIN.length, -END.length);

export const openScorer: OpenScorer = async (bytes, width, file) => {
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith(BEGIN) || !text.endsWith(END))
    throw new HeadraceError('MODEL_UNREADABLE', `cannot load ${file}`, { remedy: 'fix-input', file });
  const name = nameOfFile(bytes);
  return {
    score: async (matrix) => {
      const scores = new Float32Array(matrix.length / width);
      for (let row = 0; row < scores.length; row++)
        scores[row] = scoreOf(name, matrix.subarray(row * width, (row + 1) * width));
      return scores;
    },
    close: async () => {},
  };
};

/** From 0 to 1, of the bits of a row. */
export const scoreOf = (name: string, row: Float32Array): number =>
  Math.fround(fnv(`${name} ${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('hex')}`) / 2 ** 32);

/** A row of a part as it is stored. */
export interface PartRow {
  readonly offset: number;
}

export const rowsOfPart = (bytes: Buffer): PartRow[] =>
  bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PartRow);

/** Writes lines where DuckDB would write Parquet; the ranges, names and checks are those of the real parts. */
export function parts(artifacts: Pick<ArtifactStore, 'put'>): PartsWriter {
  const write = async (kind: 'vectors' | 'labels', model: string | null, range: PartRange, rows: Rows<PartRow>) => {
    const lines: string[] = [];
    let next = range.from;
    for await (const row of rows) {
      assert(row.offset >= next && row.offset < range.to, `rows of a part rise within its range (met ${row.offset})`);
      next = row.offset + 1;
      lines.push(JSON.stringify(row));
    }
    if (lines.length === 0) return null;
    const sha256 = await artifacts.put(Buffer.from(lines.join('\n')));
    const file = `${kind}-${range.topic}-${range.partition}-${range.from}-${range.to}`;
    const part: Part = { kind, model, source: 'serve', file, sha256, rows: lines.length, ...range };
    return part;
  };
  return {
    vectors: (_, range, __, rows) => write('vectors', null, range, rows),
    labels: (_, range, model, rows) => write('labels', model.name, range, rows),
  };
}

/** A training takes up to this long, ms. */
const TRAINING_MAX_MS = 1_500;

/** What a snapshot makes of itself: the file's name, and whether its gates are passed (for three snapshots of four). */
export async function trainedOf(snapshot: SnapshotManifest, get: (id: string) => Promise<Buffer> | Buffer) {
  let hash = 0;
  let rows = 0;
  const categories = new Map<string, Set<string>>();
  for (const part of snapshot.parts) {
    const bytes = await get(part.sha256);
    hash = fnv(`${hash} ${bytes.toString()}`);
    if (part.kind !== 'vectors') continue;
    for (const row of rowsOfPart(bytes) as (PartRow & { features: Record<string, number | string | null> })[]) {
      rows++;
      for (const [name, value] of Object.entries(row.features)) {
        if (typeof value === 'string') categories.set(name, (categories.get(name) ?? new Set()).add(value));
      }
    }
  }
  const codes = Object.fromEntries([...categories].map(([name, values]) => [name, [...values].sort()]));
  return { name: `trained ${hash}`, codes, rows, passes: hash % 4 > 0 };
}

/** As `trainFromSnapshot`, with the manifest, the gates and the errors of the real one. */
export function trainer(host: Host): TrainFromSnapshot {
  return async ({ manifest: snapshot, model, version, artifacts, clock, signal }) => {
    await clock.sleep(host.world.random.below(TRAINING_MAX_MS));
    signal?.throwIfAborted();
    const { name, codes, rows, passes } = await trainedOf(snapshot, (id) => artifacts.get(id));
    if (rows === 0)
      throw new HeadraceError('TRAINING_SET_UNUSABLE', 'the snapshot has no vectors yet', { remedy: 'retry' });
    const metrics = { rows: model.gates.minRows, auc: 0.7, logLoss: passes ? 0.5 : 2, brier: 0.2 };
    const manifest: ModelManifest = {
      format: 1,
      model: model.name,
      version,
      view: snapshot.view,
      columns: snapshot.columns,
      codes,
      snapshot: sha256(manifestBytes(snapshot)),
      trainedUntil: 0,
      rows: { train: rows, gate: metrics.rows },
      metrics,
      trainerMetrics: {},
      onnx: await artifacts.put(modelFile(name)),
      trainer: { ...model.trainer },
      seed: null,
      createdAt: clock.now(),
    };
    const decision = decide({ ...model.gates, beats: null }, metrics, null);
    return { manifest, manifestId: await artifacts.put(manifestBytes(manifest)), decision, meeting: null };
  };
}
