/**
 * Scores rows by ONNX Runtime itself, as serving does: one intra-op and one inter-op thread, runs of 64 rows.
 * Invariant: a model whose names or shapes are not the contract's is refused before its first score.
 * Errors: `MODEL_UNREADABLE`, `MODEL_CONTRACT_BROKEN`.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HeadraceError } from '../error.js';

/** A 100-tree ensemble is fastest in runs of about this size. */
export const RUN_ROWS = 64;

export interface ModelScorer {
  /** @param matrix row-major [n, width] @returns the probability of each row */
  score(matrix: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a model and runs it once on a row of missing values. @param file what to name in errors */
export async function openScorer(bytes: Uint8Array, width: number, file: string): Promise<ModelScorer> {
  const session = await open(bytes, file);
  const run = async (matrix: Float32Array) => {
    const rows = matrix.length / width;
    const results = await session.run({ x: new Tensor('float32', matrix, [rows, width]) });
    const output = session.outputNames.map((name) => results[name]!).findLast(({ type }) => type === 'float32');
    const classes = output?.dims.at(-1) ?? 0;
    if (output === undefined || output.size !== rows * Math.max(1, output.dims.length > 1 ? classes : 1))
      throw contract(file, `no float32 output of ${rows} rows`);
    return lastColumn(output.data as Float32Array, rows);
  };
  try {
    if (session.inputNames.length !== 1 || session.inputNames[0] !== 'x')
      throw contract(file, `its inputs are ${session.inputNames.join(', ')}, and one named x is needed`);
    const [warm] = await run(new Float32Array(width).fill(Number.NaN)).catch((cause) => {
      throw cause instanceof HeadraceError ? cause : contract(file, `it does not run on [1, ${width}]`, cause);
    });
    if (!(warm! >= 0 && warm! <= 1)) throw contract(file, `it scores ${warm}, which is no probability`);
  } catch (cause) {
    await session.release();
    throw cause;
  }
  return {
    async score(matrix) {
      const scores = new Float32Array(matrix.length / width);
      for (let row = 0; row < scores.length; row += RUN_ROWS)
        scores.set(await run(matrix.subarray(row * width, (row + RUN_ROWS) * width)), row);
      return scores;
    },
    close: () => session.release(),
  };
}

async function open(bytes: Uint8Array, file: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new HeadraceError('MODEL_UNREADABLE', `ONNX Runtime cannot load ${file}: ${(cause as Error).message}`, {
      remedy: 'fix-input',
      file,
      cause,
    });
  }
}

function lastColumn(data: Float32Array, rows: number): Float32Array {
  const width = data.length / rows;
  const scores = new Float32Array(rows);
  for (let row = 0; row < rows; row++) scores[row] = data[(row + 1) * width - 1]!;
  return scores;
}

const contract = (file: string, why: string, cause?: unknown) =>
  new HeadraceError(
    'MODEL_CONTRACT_BROKEN',
    `${file}: ${why}; a model takes x: float32 [N, F], and the last column of its last float output is the probability (no ZipMap)`,
    { remedy: 'fix-input', file, cause },
  );
