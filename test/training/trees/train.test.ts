import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc } from '../../../src/training/metrics.js';
import { gainByColumn, predictTrees, type TreeModel } from '../../../src/training/trees/model.js';
import { type TreeParams, trainTrees } from '../../../src/training/trees/train.js';
import { trainInWorker } from '../../../src/training/trees/train-in-worker.js';
import { COLUMNS, randomRows } from '../random-rows.js';

const params: TreeParams = { trees: 20, leaves: 15, learningRate: 0.1, minRowsInLeaf: 20, bins: 255, seed: 1 };

/** The leaf of each row in one tree, walked as the definition says. */
function leafOf(model: TreeModel, tree: number, row: ArrayLike<number>): number {
  let node = model.roots[tree]!;
  while (model.feature[node]! >= 0) {
    const x = row[model.feature[node]!]!;
    const goesLeft = Number.isNaN(x) ? model.missingLeft[node] === 1 : x <= model.threshold[node]!;
    node = goesLeft ? model.left[node]! : model.right[node]!;
  }
  return node;
}

describe('trainTrees', () => {
  const { matrix, labels } = randomRows(4000, 1);
  const model = trainTrees(matrix, labels, COLUMNS, params);
  const rowsOf = (m: Float32Array) =>
    Array.from({ length: m.length / COLUMNS.length }, (_, i) =>
      m.subarray(i * COLUMNS.length, (i + 1) * COLUMNS.length),
    );

  it('learns what the label depends on, and holds on new rows', () => {
    const fresh = randomRows(4000, 2);
    expect(auc(predictTrees(model, fresh.matrix), fresh.labels)).toBeGreaterThan(0.78);
    const gains = gainByColumn(model);
    expect(gains.noise!).toBeLessThan(gains.gaps! / 4);
    expect(gains.never).toBe(0);
  });

  it('keeps its limits: leaves a tree, rows a leaf', () => {
    for (let tree = 0; tree < params.trees; tree++) {
      const counts = new Map<number, number>();
      for (const row of rowsOf(matrix))
        counts.set(leafOf(model, tree, row), (counts.get(leafOf(model, tree, row)) ?? 0) + 1);
      expect(counts.size).toBeLessThanOrEqual(params.leaves);
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(params.minRowsInLeaf);
    }
  });

  it('gives each leaf of the first tree the Newton step of its rows', () => {
    const sums = new Map<number, [gradient: number, hessian: number]>();
    const p = 1 / (1 + Math.exp(-model.base));
    rowsOf(matrix).forEach((row, i) => {
      const leaf = leafOf(model, 0, row);
      const [g, h] = sums.get(leaf) ?? [0, 0];
      sums.set(leaf, [g + p - labels[i]!, h + p * (1 - p)]);
    });
    for (const [leaf, [g, h]] of sums) expect(model.value[leaf]).toBeCloseTo((-g / h) * params.learningRate, 6);
  });

  it('scores as a walk of every tree does', () => {
    const scores = predictTrees(model, matrix);
    rowsOf(matrix.subarray(0, 200 * COLUMNS.length)).forEach((row, i) => {
      let logOdds = model.base;
      for (let tree = 0; tree < params.trees; tree++) logOdds += model.value[leafOf(model, tree, row)]!;
      expect(scores[i]).toBe(1 / (1 + Math.exp(-logOdds)));
    });
  });

  it('is a function of rows and seed', () => {
    expect(trainTrees(matrix, labels, COLUMNS, params)).toEqual(model);
  });

  it('trains the same in a thread, which takes the arrays over', async () => {
    const request = { matrix: matrix.slice(), labels: labels.slice(), columns: COLUMNS, params };
    expect(await trainInWorker(request)).toEqual(model);
    expect(request.matrix.length).toBe(0);
  });

  it('says in the caller what failed in the thread, and stops when asked', async () => {
    const one = { matrix: matrix.slice(), labels: new Uint8Array(4000), columns: COLUMNS, params };
    await expect(trainInWorker(one)).rejects.toMatchObject({ code: 'TRAINING_SET_UNUSABLE', name: 'HeadraceError' });
    const long = {
      matrix: matrix.slice(),
      labels: labels.slice(),
      columns: COLUMNS,
      params: { ...params, trees: 1e6 },
    };
    const stop = AbortSignal.timeout(300);
    await expect(trainInWorker(long, stop)).rejects.toThrow('timeout');
  });

  it('never lowers the training fit by more trees', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 12 }),
        (seed, minRowsInLeaf, leaves) => {
          const rows = randomRows(150, seed);
          fc.pre(new Set(rows.labels).size === 2);
          const lossAfter = (trees: number) => {
            const p = predictTrees(
              trainTrees(rows.matrix, rows.labels, COLUMNS, { ...params, trees, leaves, minRowsInLeaf }),
              rows.matrix,
            );
            return rows.labels.reduce((sum, label, i) => sum - Math.log(label ? p[i]! : 1 - p[i]!), 0);
          };
          expect(lossAfter(8)).toBeLessThanOrEqual(lossAfter(2) + 1e-6);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['no rows', new Float32Array(0), new Uint8Array(0), 'no training rows'],
    ['one kind of label', new Float32Array(10), new Uint8Array(2).fill(1), 'all 2 labels are positive'],
    ['shapes that differ', new Float32Array(9), Uint8Array.of(0, 1), 'the matrix has 9 values'],
  ])('refuses %s', (_, m, l, message) => {
    expect(() => trainTrees(m, l, COLUMNS, params)).toThrow(message);
  });
  it('refuses parameters out of range', () => {
    expect(() => trainTrees(matrix, labels, COLUMNS, { ...params, bins: 256 })).toThrow('bins must be 2 to 255');
  });
});
