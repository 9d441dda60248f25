/**
 * One model version, loaded and checked: vectors in, scores out.
 * Method: ONNX Runtime with one intra-op and one inter-op thread, always, since with more the last bits of a score depend on
 * the size of its batch; runs of RUN_ROWS rows. Shapes: input `x` float32 [N, F]; the score is the last column of the last
 * float output. Errors: `MODEL_INVALID`, naming the artifact, what was expected and what is there.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ArtifactStore } from '../contract/artifacts.js';
import { rowEncoder } from '../contract/encode-row.js';
import type { VectorsRow } from '../contract/frames.js';
import { type ModelManifest, parseModelManifest } from '../contract/manifest.js';
import { HeadraceError } from '../error.js';

export interface Scorer {
  readonly model: string;
  readonly version: number;
  readonly manifest: ModelManifest;
  /** One score per row. */
  score(rows: readonly Pick<VectorsRow, 'features'>[]): Promise<Float32Array>;
}

/** An ensemble of trees is fastest in runs of about this size. */
const RUN_ROWS = 64;

/**
 * @param manifestId artifact id of the model's manifest
 * @param viewHash of the view that will be scored: a model of another is refused
 */
export async function loadScorer(artifacts: ArtifactStore, manifestId: string, viewHash: string): Promise<Scorer> {
  const json = JSON.parse((await artifacts.get(manifestId)).toString()) as unknown;
  const manifest = parseModelManifest(manifestId, json);
  const invalid = (why: string, cause?: unknown) =>
    new HeadraceError(
      'MODEL_INVALID',
      `model ${manifest.model} version ${manifest.version} (onnx ${manifest.onnx}): ${why}`,
      {
        remedy: 'fix-input',
        cause,
      },
    );
  if (manifest.view.hash !== viewHash) {
    throw invalid(
      `it was trained on view ${manifest.view.name} ${manifest.view.hash}, which is not the one served (${viewHash})`,
    );
  }
  const path = await artifacts.path(manifest.onnx);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  } catch (cause) {
    throw invalid(`ONNX Runtime cannot load it: ${(cause as Error).message}`, cause);
  }
  const [input] = session.inputNames;
  if (session.inputNames.length !== 1 || input !== 'x') {
    throw invalid(`its inputs are ${session.inputNames.join(', ')}; exactly one, named x, is expected`);
  }
  const encoder = rowEncoder(manifest.columns, manifest.codes);

  const run = async (matrix: Float32Array, rows: number, out: Float32Array, at: number) => {
    let results: InferenceSession.ReturnType;
    try {
      results = await session.run({ x: new Tensor('float32', matrix, [rows, encoder.width]) });
    } catch (cause) {
      throw invalid(`it cannot score rows of ${encoder.width} columns: ${(cause as Error).message}`, cause);
    }
    const name = session.outputNames.findLast((output) => results[output]?.type === 'float32');
    if (name === undefined) throw invalid('it has no float32 output (is ZipMap still in it? convert it without)');
    const { dims, data } = results[name] as { dims: readonly number[]; data: Float32Array };
    const width = dims.length > 1 ? dims.at(-1)! : 1;
    if (data.length !== rows * width)
      throw invalid(`output ${name} has the shape [${dims.join(', ')}] for ${rows} rows`);
    for (let i = 0; i < rows; i++) out[at + i] = data[i * width + width - 1]!;
  };

  const scorer: Scorer = {
    model: manifest.model,
    version: manifest.version,
    manifest,
    async score(rows) {
      const scores = new Float32Array(rows.length);
      for (let from = 0; from < rows.length; from += RUN_ROWS) {
        const count = Math.min(RUN_ROWS, rows.length - from);
        const matrix = new Float32Array(count * encoder.width);
        for (let i = 0; i < count; i++) encoder.encode(rows[from + i]!.features, matrix, i * encoder.width);
        await run(matrix, count, scores, from);
      }
      return scores;
    },
  };
  // A warm run before the swap: a model that cannot score never replaces one that can.
  const [warm] = await scorer.score([{ features: {} }]);
  if (warm === undefined || !Number.isFinite(warm)) throw invalid(`it scores a row of missing values as ${warm}`);
  return scorer;
}
