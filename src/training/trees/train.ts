/**
 * Histogram gradient boosting for a yes/no label.
 * Goal: LightGBM's quality and near its speed in plain JavaScript. Method: log loss, Newton leaf values, leaf-wise growth (the leaf
 * with the best split is split next), histograms with subtraction.
 * Invariants: the result is a function of matrix, labels and parameters; every leaf has at least `minRowsInLeaf` training rows;
 * a node that met no missing value in training sends it where more rows went.
 */
import { HeadraceError } from '../../error.js';
import { BINS_MAX, type BinnedMatrix, binMatrix } from './bins.js';
import { Ensemble } from './ensemble.js';
import { type GrowingLeaf, type GrowSpace, growSpace, growTree } from './grow.js';
import { sigmoid, type TreeModel } from './model.js';

export interface TreeParams {
  readonly trees: number;
  /** Leaves a tree, at most. */
  readonly leaves: number;
  readonly learningRate: number;
  readonly minRowsInLeaf: number;
  /** Bins a column, at most 255. */
  readonly bins: number;
  readonly seed: number;
  /** L2 on leaf values; absent: 0. */
  readonly lambda?: number;
}

/** LightGBM's `min_sum_hessian_in_leaf`. */
export const MIN_HESSIAN_IN_LEAF = 1e-3;

/**
 * @param matrix row-major [n, columns], float32, missing is NaN
 * @param labels [n], 0 or 1
 * Errors: `TRAINING_SET_UNUSABLE` where there is no row, no column, only one kind of label, or the shapes differ.
 */
export function trainTrees(
  matrix: Float32Array,
  labels: Uint8Array,
  columns: readonly string[],
  params: TreeParams,
): TreeModel {
  const positives = check(matrix, labels, columns, params);
  const rows = labels.length;
  const binned: BinnedMatrix = binMatrix(matrix, columns.length, params);
  const base = Math.log(positives / (rows - positives));
  const scores = new Float64Array(rows).fill(base);
  const limits = {
    minRowsInLeaf: Math.max(1, params.minRowsInLeaf),
    minHessianInLeaf: MIN_HESSIAN_IN_LEAF,
    lambda: params.lambda ?? 0,
    leaves: params.leaves,
  };
  const space: GrowSpace = growSpace(binned, params.leaves);
  const ensemble = new Ensemble(columns, base);
  for (let tree = 0; tree < params.trees; tree++) {
    setGradients(space, scores, labels);
    const leaves = growTree(space, binned, limits, ensemble.startTree());
    for (const leaf of leaves) addLeaf(leaf, space.rows, scores, ensemble, params.learningRate, limits.lambda);
    if (leaves.length === 1) break; // nothing to gain any more: every later tree would be this one
  }
  return ensemble.finish();
}

function setGradients(space: GrowSpace, scores: Float64Array, labels: Uint8Array): void {
  const { gradients, hessians } = space;
  for (let row = 0; row < scores.length; row++) {
    const p = sigmoid(scores[row]!);
    gradients[row] = p - labels[row]!;
    hessians[row] = p * (1 - p);
  }
}

function addLeaf(
  leaf: GrowingLeaf,
  rows: Uint32Array,
  scores: Float64Array,
  ensemble: Ensemble,
  learningRate: number,
  lambda: number,
): void {
  const value = Math.fround((-leaf.gradient / (leaf.hessian + lambda)) * learningRate);
  ensemble.setLeaf(leaf.node, value);
  for (let i = leaf.from; i < leaf.to; i++) scores[rows[i]!]! += value;
}

/** Returns the number of positive labels. */
function check(matrix: Float32Array, labels: Uint8Array, columns: readonly string[], params: TreeParams): number {
  let positives = 0;
  for (let row = 0; row < labels.length; row++) positives += labels[row]! === 0 ? 0 : 1;
  const refuse = (why: string) =>
    new HeadraceError('TRAINING_SET_UNUSABLE', `cannot train: ${why}`, { remedy: 'fix-input', rows: labels.length });
  if (labels.length === 0 || columns.length === 0) throw refuse('there are no training rows or no columns');
  if (matrix.length !== labels.length * columns.length)
    throw refuse(
      `the matrix has ${matrix.length} values, ${labels.length} rows of ${columns.length} need another number`,
    );
  if (positives === 0 || positives === labels.length)
    throw refuse(`all ${labels.length} labels are ${positives === 0 ? 'negative' : 'positive'}; wait for both kinds`);
  if (
    !(params.bins >= 2 && params.bins <= BINS_MAX && params.leaves >= 2 && params.trees >= 1 && params.learningRate > 0)
  )
    throw new HeadraceError(
      'TRAINER_INVALID',
      `boostedTrees: bins must be 2 to ${BINS_MAX}, leaves at least 2, trees at least 1, learningRate above 0`,
      { remedy: 'fix-definition', params },
    );
  return positives;
}
