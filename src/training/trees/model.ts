/**
 * A boosted ensemble as flat arrays, and its own scorer.
 * Goal: one form that trains, crosses threads without copies, scores and exports. Method: all trees' nodes lie in one list; a tree
 * begins at `roots[tree]`, an inner node goes left where `x[feature] <= threshold` (both float32), a missing value goes left where
 * `missingLeft` is 1. Invariant: a node's children come after it, so no walk can go round.
 */

export interface TreeModel {
  /** Names of the matrix's columns, in order. */
  readonly columns: readonly string[];
  /** What a row starts from: the log odds of the training labels. */
  readonly base: number;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Column that a node compares; -1 for a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** Node index; -1 for a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  /** What a leaf adds to the log odds, learning rate included; 0 for an inner node. */
  readonly value: Float32Array;
  /** Gain of a node's split; 0 for a leaf. */
  readonly gain: Float64Array;
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/**
 * Probability of each row.
 * @param matrix row-major [n, columns], missing is NaN
 */
export function predictTrees(model: TreeModel, matrix: Float32Array): Float64Array {
  const { columns, base, roots, feature, threshold, left, right, missingLeft, value } = model;
  const width = columns.length;
  const out = new Float64Array(width === 0 ? 0 : matrix.length / width);
  // hot: no closures, no iterators
  for (let row = 0, at = 0; row < out.length; row++, at += width) {
    let score = base;
    for (let tree = 0; tree < roots.length; tree++) {
      let node = roots[tree]!;
      for (let f = feature[node]!; f >= 0; f = feature[node]!) {
        const x = matrix[at + f]!;
        // biome-ignore lint/suspicious/noSelfCompare: NaN is the missing value, and this loop is hot
        const goLeft = x <= threshold[node]! || (x !== x && missingLeft[node] === 1);
        node = goLeft ? left[node]! : right[node]!;
      }
      score += value[node]!;
    }
    out[row] = sigmoid(score);
  }
  return out;
}

/** Total gain by column name, in the order of the columns: how much each contributed. */
export function gainByColumn(model: TreeModel): Record<string, number> {
  const gains = new Float64Array(model.columns.length);
  for (let node = 0; node < model.feature.length; node++) {
    const f = model.feature[node]!;
    if (f >= 0) gains[f]! += model.gain[node]!;
  }
  return Object.fromEntries(model.columns.map((name, i) => [name, gains[i]!]));
}
