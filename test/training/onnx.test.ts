import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openScorer } from '../../src/contract/onnx-scorer.js';
import { exportOnnx } from '../../src/training/onnx.js';
import { predictTrees, type TreeModel } from '../../src/training/trees/model.js';
import { trainTrees } from '../../src/training/trees/train.js';
import { COLUMNS, randomRows } from './random-rows.js';

const params = { trees: 100, leaves: 31, learningRate: 0.1, minRowsInLeaf: 5, bins: 255, seed: 1 };

async function scores(model: TreeModel, matrix: Float32Array): Promise<Float32Array> {
  const scorer = await openScorer(exportOnnx(model), model.columns.length, 'model.onnx');
  try {
    return await scorer.score(matrix);
  } finally {
    await scorer.close();
  }
}
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

describe('exportOnnx', () => {
  const { matrix, labels } = randomRows(3000, 5);
  const model = trainTrees(matrix, labels, COLUMNS, params);

  it('scores in ONNX Runtime as the trainer does, missing values and borders included', async () => {
    const fresh = randomRows(2000, 6).matrix;
    // on the borders themselves, just above and just below them
    for (let node = 0, row = 0; node < model.feature.length && row < 1500; node++) {
      if (model.feature[node]! < 0) continue;
      const bits = new Uint32Array(Float32Array.of(model.threshold[node]!).buffer);
      bits[0] = bits[0]! + ((row % 3) - 1);
      fresh[row++ * COLUMNS.length + model.feature[node]!] = new Float32Array(bits.buffer)[0]!;
    }
    const own = predictTrees(model, fresh);
    const theirs = await scores(model, fresh);
    expect(theirs).toHaveLength(2000);
    expect(furthest(theirs, own)).toBeLessThan(1e-6);
    expect(furthest(theirs, new Float32Array(2000).fill(0.5))).toBeGreaterThan(0.3);
  });

  it('gives the same bits in any batch', async () => {
    const scorer = await openScorer(exportOnnx(model), COLUMNS.length, 'model.onnx');
    const whole = await scorer.score(matrix.subarray(0, 100 * COLUMNS.length));
    for (let row = 0; row < 100; row++)
      expect((await scorer.score(matrix.subarray(row * COLUMNS.length, (row + 1) * COLUMNS.length)))[0]).toBe(
        whole[row],
      );
    await scorer.close();
  });

  it('is a function of the model', () => {
    expect(exportOnnx(model).equals(exportOnnx(trainTrees(matrix, labels, COLUMNS, params)))).toBe(true);
  });

  it.each([
    ['positive', 0.3],
    ['negative', -0.3],
    ['zero', 0],
  ])('applies the logistic to a lone leaf that is %s', async (_, value) => {
    const lone: TreeModel = {
      columns: ['a'],
      base: -0.4,
      roots: Int32Array.of(0),
      feature: Int32Array.of(-1),
      threshold: Float32Array.of(0),
      left: Int32Array.of(-1),
      right: Int32Array.of(-1),
      missingLeft: Uint8Array.of(0),
      value: Float32Array.of(value),
      gain: Float64Array.of(0),
    };
    expect(furthest(await scores(lone, Float32Array.of(1)), predictTrees(lone, Float32Array.of(1)))).toBeLessThan(1e-7);
  });

  it('agrees on small sets of odd values', async () => {
    const value = fc.oneof(
      fc.constant(Number.NaN),
      fc.constantFrom(-0, 0, 1, 1e38, -3e38, 1.4e-45, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.float(),
    );
    const rows = fc.array(fc.tuple(value, value, fc.boolean()), { minLength: 12, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(rows, async (some) => {
        fc.pre(new Set(some.map((r) => r[2])).size === 2);
        const x = Float32Array.from(some.flatMap(([a, b]) => [a!, b!]));
        const y = Uint8Array.from(some, (r) => (r[2] ? 1 : 0));
        const small = trainTrees(x, y, ['a', 'b'], { ...params, trees: 5, minRowsInLeaf: 2 });
        expect(furthest(await scores(small, x), predictTrees(small, x))).toBeLessThan(1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('is refused where it is broken or takes another width', async () => {
    await expect(openScorer(Buffer.from('no model'), 5, 'm.onnx')).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' });
    await expect(openScorer(exportOnnx(model), 3, 'm.onnx')).rejects.toMatchObject({ code: 'MODEL_CONTRACT_BROKEN' });
  });
});
