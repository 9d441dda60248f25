/**
 * One model version, loaded and checked: vectors in, scores out.
 * Error: `MODEL_OF_ANOTHER_VIEW`, and those of manifest, artifact and ONNX scorer, each naming the artifact.
 */
import type { ArtifactStore } from '../contract/artifacts.js';
import { rowEncoder } from '../contract/encode-row.js';
import type { VectorsRow } from '../contract/frames.js';
import { parseModelManifest } from '../contract/manifest.js';
import { openScorer } from '../contract/onnx-scorer.js';
import { HeadraceError } from '../error.js';

export interface Scorer {
  readonly model: string;
  readonly version: number;
  /** One score per row. */
  score(rows: readonly Pick<VectorsRow, 'features'>[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a model's ONNX; rejects one that is broken or of another width. */
export type OpenScorer = typeof openScorer;

/**
 * @param manifestId artifact id of the model's manifest
 * @param viewHash of the view that will be scored: a model of another is refused
 */
export async function loadScorer(
  artifacts: ArtifactStore,
  manifestId: string,
  viewHash: string,
  open: OpenScorer = openScorer,
): Promise<Scorer> {
  const manifest = parseModelManifest(manifestId, JSON.parse((await artifacts.get(manifestId)).toString()));
  const { model, version, view, columns, codes, onnx } = manifest;
  if (view.hash !== viewHash) {
    throw new HeadraceError(
      'MODEL_OF_ANOTHER_VIEW',
      `model ${model} version ${version} was trained on view ${view.name} version ${view.version} (${view.hash}), and ${viewHash} is served: train on this view`,
      { remedy: 'fix-input', model, version },
    );
  }
  const scorer = await open(await artifacts.get(onnx), columns.length, `model ${model} version ${version} (${onnx})`);
  const encoder = rowEncoder(columns, codes);
  return {
    model,
    version,
    score(rows) {
      const matrix = new Float32Array(rows.length * encoder.width);
      for (let i = 0; i < rows.length; i++) encoder.encode(rows[i]!.features, matrix, i * encoder.width);
      return scorer.score(matrix);
    },
    close: () => scorer.close(),
  };
}
