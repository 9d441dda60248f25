/**
 * What stands in for ONNX Runtime and DuckDB, which work in threads of their own: pure, and as strict where it counts.
 * A model's file says its number; its score is a function of the row's bits. A part holds its rows as lines.
 */
import type { ArtifactStore } from '../../src/contract/artifacts.js';
import type { Part } from '../../src/contract/manifest.js';
import { assert, HeadraceError } from '../../src/error.js';
import type { OpenScorer } from '../../src/inference/scorer.js';
import type { PartRange, PartsWriter, Rows } from '../../src/training/parts.js';
import { fnv } from './random.js';

const BEGIN = 'model ';
const END = ' end';

/** The file of a model version. */
export const modelFile = (version: number): Buffer => Buffer.from(`${BEGIN}${version}${END}`);

export const openScorer: OpenScorer = async (bytes, width, file) => {
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith(BEGIN) || !text.endsWith(END))
    throw new HeadraceError('MODEL_UNREADABLE', `cannot load ${file}`, { remedy: 'fix-input', file });
  const version = Number(text.slice(BEGIN.length, -END.length));
  return {
    score: async (matrix) => {
      const scores = new Float32Array(matrix.length / width);
      for (let row = 0; row < scores.length; row++)
        scores[row] = scoreOf(version, matrix.subarray(row * width, (row + 1) * width));
      return scores;
    },
    close: async () => {},
  };
};

/** From 0 to 1, of the bits of a row. */
export const scoreOf = (version: number, row: Float32Array): number =>
  Math.fround(fnv(`${version} ${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('hex')}`) / 2 ** 32);

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
