/** Collects the nodes of growing trees, and makes the flat arrays of them. */
import type { TreeModel } from './model.js';

export class Ensemble {
  private readonly roots: number[] = [];
  private readonly feature: number[] = [];
  private readonly threshold: number[] = [];
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  private readonly missingLeft: number[] = [];
  private readonly value: number[] = [];
  private readonly gain: number[] = [];

  constructor(
    private readonly columns: readonly string[],
    private readonly base: number,
  ) {}

  /** Begins a tree of one leaf; `split` and `setLeaf` name its nodes. */
  startTree(): TreeBuilder {
    const root = this.addNode();
    this.roots.push(root);
    return { root, split: (node, by) => this.split(node, by) };
  }

  setLeaf(node: number, value: number): void {
    this.value[node] = value;
  }

  finish(): TreeModel {
    return {
      columns: this.columns,
      base: this.base,
      roots: Int32Array.from(this.roots),
      feature: Int32Array.from(this.feature),
      threshold: Float32Array.from(this.threshold),
      left: Int32Array.from(this.left),
      right: Int32Array.from(this.right),
      missingLeft: Uint8Array.from(this.missingLeft),
      value: Float32Array.from(this.value),
      gain: Float64Array.from(this.gain),
    };
  }

  private addNode(): number {
    this.threshold.push(0);
    this.left.push(-1);
    this.right.push(-1);
    this.missingLeft.push(0);
    this.value.push(0);
    this.gain.push(0);
    return this.feature.push(-1) - 1;
  }

  private split(node: number, by: NodeSplit): { left: number; right: number } {
    const left = this.addNode();
    const right = this.addNode();
    this.feature[node] = by.column;
    this.threshold[node] = by.threshold;
    this.missingLeft[node] = by.missingLeft ? 1 : 0;
    this.gain[node] = by.gain;
    this.left[node] = left;
    this.right[node] = right;
    return { left, right };
  }
}

export interface NodeSplit {
  readonly column: number;
  /** float32 */
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

export interface TreeBuilder {
  readonly root: number;
  /** Makes an inner node of a leaf; its children's node numbers. */
  split(node: number, by: NodeSplit): { left: number; right: number };
}
