/**
 * A tree model as ONNX: one TreeEnsembleClassifier, input `x` float32 [N, F], output `probabilities` float32 [N, 2].
 * Method: nodes compare float32 <= float32 as the trainer does; every leaf adds its value to class 1 and takes it from class 0, so
 * that the logistic is applied to each (with one class ONNX Runtime leaves it out where all values are positive). The base is part
 * of the first tree's leaves (with two classes ONNX Runtime mixes up `base_values`).
 * Invariant: the bytes are a function of the model.
 */
import {
  ELEMENT,
  encodeModel,
  floatsAttribute,
  intsAttribute,
  stringAttribute,
  stringsAttribute,
  tensorInfo,
} from './onnx-proto.js';
import type { TreeModel } from './trees/model.js';

const IR_VERSION = 8;
const OPSET = 17;
const ML_OPSET = 3;

/** Error: none; any ensemble of at least one tree can be exported. */
export function exportOnnx(model: TreeModel): Buffer {
  const ensemble = {
    name: 'trees',
    opType: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    input: ['x'],
    output: ['label', 'probabilities'],
    attribute: [
      ...nodeAttributes(model),
      ...leafAttributes(model),
      intsAttribute('classlabels_int64s', [0, 1]),
      stringAttribute('post_transform', 'LOGISTIC'),
    ],
  };
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'headrace',
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'ai.onnx.ml', version: ML_OPSET },
    ],
    graph: {
      name: 'boosted_trees',
      node: [ensemble],
      input: [tensorInfo('x', ELEMENT.float, ['N', model.columns.length])],
      output: [tensorInfo('label', ELEMENT.int64, ['N']), tensorInfo('probabilities', ELEMENT.float, ['N', 2])],
    },
  });
}

/** Which tree each node belongs to, and its number there. */
function places(model: TreeModel): { tree: number[]; number: number[] } {
  const tree: number[] = [];
  const number: number[] = [];
  for (let node = 0, at = -1; node < model.feature.length; node++) {
    if (node === model.roots[at + 1]) at++;
    tree.push(at);
    number.push(node - model.roots[at]!);
  }
  return { tree, number };
}

function nodeAttributes(model: TreeModel): object[] {
  const { tree, number } = places(model);
  const isLeaf = (node: number) => model.feature[node]! < 0;
  const each = <T>(of: (node: number) => T, leaf: T) => tree.map((_, node) => (isLeaf(node) ? leaf : of(node)));
  return [
    intsAttribute('nodes_treeids', tree),
    intsAttribute('nodes_nodeids', number),
    stringsAttribute(
      'nodes_modes',
      each(() => 'BRANCH_LEQ', 'LEAF'),
    ),
    intsAttribute(
      'nodes_featureids',
      each((node) => model.feature[node]!, 0),
    ),
    floatsAttribute(
      'nodes_values',
      each((node) => model.threshold[node]!, 0),
    ),
    intsAttribute(
      'nodes_truenodeids',
      each((node) => number[model.left[node]!]!, 0),
    ),
    intsAttribute(
      'nodes_falsenodeids',
      each((node) => number[model.right[node]!]!, 0),
    ),
    intsAttribute(
      'nodes_missing_value_tracks_true',
      each((node) => model.missingLeft[node]!, 0),
    ),
  ];
}

function leafAttributes(model: TreeModel): object[] {
  const { tree, number } = places(model);
  const leaves = tree.map((_, node) => node).filter((node) => model.feature[node]! < 0);
  const twice = <T>(of: (node: number) => readonly [T, T]) => leaves.flatMap((node) => of(node));
  const leafValue = (node: number) => model.value[node]! + (tree[node] === 0 ? model.base : 0);
  return [
    intsAttribute(
      'class_treeids',
      twice((node) => [tree[node]!, tree[node]!]),
    ),
    intsAttribute(
      'class_nodeids',
      twice((node) => [number[node]!, number[node]!]),
    ),
    intsAttribute(
      'class_ids',
      twice(() => [0, 1]),
    ),
    floatsAttribute(
      'class_weights',
      twice((node) => [-leafValue(node), leafValue(node)]),
    ),
  ];
}
