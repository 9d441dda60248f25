/**
 * From a snapshot to a model version and a decision, by files alone; the logs around it are the stage's.
 * Method: rows from the parts, a trainer, a warm check, metrics on the gate rows by ONNX Runtime itself, the champion on the rows that
 * are new to both, the gates.
 * Invariant: for the built-in trainer the artifact and the metrics are a function of snapshot, model definition and champion.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArtifactStore, sha256 } from '../contract/artifacts.js';
import { type ModelManifest, manifestBytes, type SnapshotManifest } from '../contract/manifest.js';
import { openScorer } from '../contract/onnx-scorer.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { ModelDefinition } from '../topology/definition.js';
import { trainByCommand } from './command.js';
import { type Dataset, type DatasetRows, openDataset } from './dataset.js';
import { type Decision, decide, type Meeting } from './gates.js';
import { metricsOf } from './metrics.js';
import { exportOnnx } from './onnx.js';
import { gainByColumn } from './trees/model.js';
import { trainInWorker } from './trees/train-in-worker.js';

export interface TrainingRun {
  readonly manifest: SnapshotManifest;
  readonly model: ModelDefinition;
  /** The new version's number. */
  readonly version: number;
  readonly artifacts: ArtifactStore;
  /** What serves now; null where nothing does. */
  readonly champion: ModelManifest | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainingResult {
  readonly manifest: ModelManifest;
  /** Artifact id of the manifest; the ONNX file's is in it. */
  readonly manifestId: string;
  readonly decision: Decision;
  /** Champion and challenger on the rows that are new to both; null without a champion. */
  readonly meeting: Meeting | null;
}

export type TrainFromSnapshot = (run: TrainingRun) => Promise<TrainingResult>;

/**
 * Both artifacts are stored, promoted or not. Errors: `TRAINING_SET_UNUSABLE` (try again with more rows), `TRAINER_FAILED`,
 * `MODEL_CONTRACT_BROKEN`, those of the artifact store, the signal's reason.
 */
export async function trainFromSnapshot(run: TrainingRun): Promise<TrainingResult> {
  const { manifest: snapshot, model, artifacts, clock, logger } = run;
  const startedAt = clock.now();
  const dataset = await openDataset(snapshot, model, artifacts);
  try {
    const { counts, codes, trainedUntil } = dataset;
    logger.info({ model: model.name, version: run.version, ...counts }, 'training begins');
    const { onnx, metrics: trainerMetrics } = await train(run, await dataset.read('train'), dataset);
    const gate = await dataset.read('gate');
    const scores = await scoresOf(onnx, gate, snapshot, `model.onnx of ${model.name} version ${run.version}`);
    const metrics = metricsOf(scores, gate.labels);
    const meeting = await meet(run, dataset, gate, scores);
    const manifest: ModelManifest = {
      format: 1,
      model: model.name,
      version: run.version,
      view: snapshot.view,
      columns: snapshot.columns,
      codes: codes as Record<string, string[]>,
      snapshot: sha256(manifestBytes(snapshot)),
      trainedUntil,
      rows: { train: counts.train, gate: counts.gate },
      metrics,
      trainerMetrics: { ...trainerMetrics },
      onnx: await artifacts.put(onnx),
      trainer: { ...model.trainer },
      seed: model.trainer.kind === 'boostedTrees' ? model.trainer.seed : null,
      createdAt: clock.now(),
    };
    const decision = decide(model.gates, metrics, meeting);
    const manifestId = await artifacts.put(manifestBytes(manifest));
    logger.info(
      { model: model.name, version: run.version, ...metrics, ...decision, tookMs: clock.now() - startedAt },
      decision.promote ? 'trained, and the gates are passed' : 'trained, and the gates are not passed',
    );
    return { manifest, manifestId, decision, meeting };
  } finally {
    dataset.close();
  }
}

interface Trained {
  readonly onnx: Buffer;
  readonly metrics: Readonly<Record<string, number>>;
}

async function train(
  { manifest, model, signal }: TrainingRun,
  rows: DatasetRows,
  { codes }: Dataset,
): Promise<Trained> {
  const { trainer } = model;
  if (trainer.kind === 'boostedTrees') {
    const columns = manifest.columns.map(({ name }) => name);
    const trees = await trainInWorker({ matrix: rows.matrix, labels: rows.labels, columns, params: trainer }, signal);
    const gains = Object.entries(gainByColumn(trees)).map(([name, gain]) => [`gain of ${name}`, gain]);
    return { onnx: exportOnnx(trees), metrics: Object.fromEntries(gains) };
  }
  const folder = await mkdtemp(join(tmpdir(), 'headrace-train-'));
  try {
    const about = { model, snapshot: manifest, columns: manifest.columns, codes };
    return await trainByCommand(rows, about, { command: trainer.command, folder, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function scoresOf(onnx: Uint8Array, rows: DatasetRows, { columns }: SnapshotManifest, file: string) {
  const scorer = await openScorer(onnx, columns.length, file);
  try {
    return await scorer.score(rows.matrix);
  } finally {
    await scorer.close();
  }
}

/** Champion and challenger on the gate rows later than both `trainedUntil` plus embargo; the gate rows are later than the latter's. */
async function meet(
  { manifest, model, champion, artifacts }: TrainingRun,
  dataset: Dataset,
  gate: DatasetRows,
  scores: Float32Array,
): Promise<Meeting | null> {
  if (champion === null) return null;
  const { name, version, hash } = champion.view;
  if (hash !== manifest.view.hash)
    return `the champion, version ${champion.version}, reads ${name} version ${version} and not this view, so they cannot be compared on the same rows; promote by hand`;
  const onnx = await artifacts.get(champion.onnx);
  const rows = await dataset.read('gate', champion.codes);
  const file = `model.onnx of the champion, ${champion.model} version ${champion.version}`;
  const championScores = await scoresOf(onnx, rows, manifest, file);
  const after = champion.trainedUntil + model.gates.embargoMs;
  const from = gate.t.findIndex((t) => t > after);
  const common = from < 0 ? gate.t.length : from;
  const labels = gate.labels.subarray(common);
  return {
    challenger: metricsOf(scores.subarray(common), labels),
    champion: metricsOf(championScores.subarray(common), labels),
  };
}
