/** A model version made in a moment and promoted, so that a test can watch predictions without a training run. */
import type { Codec } from '../../src/codec/avro.js';
import type { ArtifactStore } from '../../src/contract/artifacts.js';
import { type ModelManifest, manifestBytes } from '../../src/contract/manifest.js';
import type { Log } from '../../src/log/log.js';
import { appendModelFacts } from '../../src/runtime/models-follower.js';
import { viewHash } from '../../src/topology/canonical.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { viewColumns } from '../../src/topology/fields.js';
import { exportOnnx } from '../../src/training/onnx.js';
import { trainTrees } from '../../src/training/trees/train.js';

const ROWS = 400;
const NO_ID = '0'.repeat(64);

export async function promoteFixtureModel(
  definition: TopologyDefinition,
  version: number,
  io: { log: Log; codec: Codec; artifacts: ArtifactStore },
): Promise<void> {
  const model = definition.models[0]!;
  const view = definition.views.find((candidate) => candidate.name === model.view)!;
  const columns = viewColumns(definition, view);
  const matrix = new Float32Array(ROWS * columns.length);
  const labels = new Uint8Array(ROWS);
  // A fixed linear congruence in place of chance: the same version is the same model everywhere.
  let state = version;
  for (let i = 0; i < matrix.length; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    matrix[i] = (state % 1000) / 10;
  }
  for (let row = 0; row < ROWS; row++) labels[row] = matrix[row * columns.length]! > 50 ? 1 : 0;
  const params = { trees: 5, leaves: 7, learningRate: 0.3, minRowsInLeaf: 10, bins: 32, seed: 1 };
  const names = columns.map(({ name }) => name);
  const onnx = await io.artifacts.put(exportOnnx(trainTrees(matrix, labels, names, params)));
  const reference = { name: view.name, version: view.version, hash: viewHash(definition, view) };
  const manifest: ModelManifest = {
    format: 1,
    model: model.name,
    version,
    view: reference,
    columns: columns.map(({ name, type }) => ({ name, type })),
    codes: { carrier: ['AA', 'B6', 'DL', 'EV', 'UA'], origin: ['EWR', 'JFK', 'LGA'] },
    snapshot: NO_ID,
    trainedUntil: 0,
    rows: { train: ROWS, gate: 0 },
    metrics: null,
    trainerMetrics: {},
    onnx,
    trainer: { kind: 'boostedTrees', ...params },
    seed: 1,
    createdAt: 0,
  };
  const id = await io.artifacts.put(manifestBytes(manifest));
  const common = { model: model.name, who: 'test', by: 'person' as const, why: 'a fixture', version };
  const lineage = { snapshot: NO_ID, manifest: id, onnx, request: null };
  await appendModelFacts(
    definition.name,
    [
      { kind: 'registered', at: 0, body: { ...common, view: reference, metrics: {}, lineage } },
      { kind: 'promoted', at: 0, body: { ...common, expects: version === 1 ? null : version - 1 } },
    ],
    io,
  );
}
