/** What the worker thread runs: one training, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { HeadraceError } from '../../error.js';
import type { TreeModel } from './model.js';
import { type TreeParams, trainTrees } from './train.js';

export interface TrainRequest {
  readonly matrix: Float32Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly columns: readonly string[];
  readonly params: TreeParams;
}

/** An error loses its class on the way between threads. */
export type TrainAnswer =
  | { readonly model: TreeModel }
  | { readonly failed: { code: string; message: string; remedy: HeadraceError['remedy'] } };

const { matrix, labels, columns, params } = (workerData as { request: TrainRequest }).request;
try {
  parentPort!.postMessage({ model: trainTrees(matrix, labels, columns, params) } satisfies TrainAnswer);
} catch (error) {
  if (!(error instanceof HeadraceError)) throw error;
  const { code, message, remedy } = error;
  parentPort!.postMessage({ failed: { code, message, remedy } } satisfies TrainAnswer);
}
