/**
 * Grows one tree, best leaf first.
 * Method: `rows` is a permutation of all rows in which every leaf holds one range; a split parts its range in place, keeping order;
 * the smaller child's histogram is filled, the larger one's is the parent's less that.
 * Invariant: at most `leaves` histograms exist, all of them allocated once.
 */
import type { BinnedMatrix } from './bins.js';
import type { TreeBuilder } from './ensemble.js';
import {
  bestSplit,
  emptyHistogram,
  fillHistogram,
  type Histogram,
  histogramOffsets,
  type Split,
  type SplitLimits,
  subtractHistogram,
} from './split.js';

export interface GrowLimits extends SplitLimits {
  readonly leaves: number;
}

export interface GrowingLeaf {
  node: number;
  /** Its rows are `rows[from]` up to, without, `rows[to]`. */
  from: number;
  to: number;
  gradient: number;
  hessian: number;
  histogram: Histogram;
  split: Split | null;
}

/** Everything that trees share, so that growing one allocates little. */
export interface GrowSpace {
  readonly rows: Uint32Array;
  /** By row. */
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  /** By place in a leaf's range. */
  readonly leafGradients: Float64Array;
  readonly leafHessians: Float64Array;
  readonly aside: Uint32Array;
  readonly offsets: Int32Array;
  readonly histograms: Histogram[];
}

export function growSpace(binned: BinnedMatrix, leaves: number): GrowSpace {
  const n = binned.rows;
  const offsets = histogramOffsets(binned);
  return {
    rows: new Uint32Array(n),
    gradients: new Float64Array(n),
    hessians: new Float64Array(n),
    leafGradients: new Float64Array(n),
    leafHessians: new Float64Array(n),
    aside: new Uint32Array(n),
    offsets,
    histograms: Array.from({ length: leaves }, () => emptyHistogram(offsets[offsets.length - 1]!)),
  };
}

/** Leaves of the new tree, in the order of their making. */
export function growTree(
  space: GrowSpace,
  binned: BinnedMatrix,
  limits: GrowLimits,
  tree: TreeBuilder,
): readonly GrowingLeaf[] {
  for (let row = 0; row < space.rows.length; row++) space.rows[row] = row;
  let used = 0;
  const root = leafOf(tree.root, 0, space.rows.length, space.histograms[used++]!);
  fill(space, binned, root);
  setSplit(space, binned, limits, root);
  const leaves = [root];
  while (leaves.length < limits.leaves) {
    const leaf = pickBest(leaves);
    if (leaf === null) break;
    const right = splitLeaf(space, binned, tree, leaf, space.histograms[used++]!);
    leaves.push(right);
    setSplit(space, binned, limits, leaf);
    setSplit(space, binned, limits, right);
  }
  return leaves;
}

function leafOf(node: number, from: number, to: number, histogram: Histogram): GrowingLeaf {
  return { node, from, to, gradient: 0, hessian: 0, histogram, split: null };
}

function pickBest(leaves: readonly GrowingLeaf[]): GrowingLeaf | null {
  let best: GrowingLeaf | null = null;
  for (const leaf of leaves) {
    if (leaf.split !== null && leaf.split.gain > (best?.split?.gain ?? 0)) best = leaf;
  }
  return best;
}

/** The leaf becomes its left child; the right one is returned. */
function splitLeaf(
  space: GrowSpace,
  binned: BinnedMatrix,
  tree: TreeBuilder,
  leaf: GrowingLeaf,
  spare: Histogram,
): GrowingLeaf {
  const { column, bin, gain } = leaf.split!;
  const missing = binned.borders[column]!.length;
  const middle = part(space, leaf, binned.bins[column]!, bin, missing, leaf.split!.missingLeft);
  const metMissing = leaf.histogram.counts[space.offsets[column]! + missing]! > 0;
  const missingLeft = metMissing ? leaf.split!.missingLeft : middle - leaf.from > leaf.to - middle;
  const children = tree.split(leaf.node, { column, threshold: binned.borders[column]![bin]!, missingLeft, gain });
  const right = leafOf(children.right, middle, leaf.to, spare);
  const parent = { gradient: leaf.gradient, hessian: leaf.hessian, histogram: leaf.histogram };
  leaf.node = children.left;
  leaf.to = middle;
  const [small, large] = leaf.to - leaf.from <= right.to - right.from ? [leaf, right] : [right, leaf];
  small.histogram = spare;
  fill(space, binned, small);
  subtractHistogram(parent.histogram, small.histogram);
  large.histogram = parent.histogram;
  large.gradient = parent.gradient - small.gradient;
  large.hessian = parent.hessian - small.hessian;
  return right;
}

/** Parts the leaf's rows, order kept; returns where the right ones begin. */
function part(
  { rows, aside }: GrowSpace,
  { from, to }: GrowingLeaf,
  bins: Uint8Array,
  bin: number,
  missing: number,
  missingLeft: boolean,
): number {
  let middle = from;
  let right = 0;
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    const at = bins[row]!;
    if (at === missing ? missingLeft : at <= bin) rows[middle++] = row;
    else aside[right++] = row;
  }
  rows.set(aside.subarray(0, right), middle);
  return middle;
}

/** Sums and histogram of a leaf from its rows. */
function fill(space: GrowSpace, binned: BinnedMatrix, leaf: GrowingLeaf): void {
  const rows = space.rows.subarray(leaf.from, leaf.to);
  const { gradients, hessians, leafGradients, leafHessians } = space;
  leaf.gradient = 0;
  leaf.hessian = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    leaf.gradient += leafGradients[i] = gradients[row]!;
    leaf.hessian += leafHessians[i] = hessians[row]!;
  }
  fillHistogram(leaf.histogram, binned, space.offsets, rows, leafGradients, leafHessians);
}

function setSplit(space: GrowSpace, binned: BinnedMatrix, limits: GrowLimits, leaf: GrowingLeaf): void {
  const rows = leaf.to - leaf.from;
  const totals = { gradient: leaf.gradient, hessian: leaf.hessian, rows };
  leaf.split =
    rows < 2 * limits.minRowsInLeaf
      ? null
      : bestSplit(leaf.histogram, space.offsets, binned.hasMissing, totals, limits);
}
