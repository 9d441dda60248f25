/**
 * Trains in a thread of its own, so that the event loop of the worker process stays free.
 * Method: the built `worker.js` is started as it is; from TypeScript sources (tests, development) a few lines load `worker.ts`
 * through jiti. Matrix and labels are transferred: the caller's arrays are empty afterwards.
 * Errors: those of `trainTrees`; `TRAINER_FAILED` where the thread dies; the signal's reason where it is aborted.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { HeadraceError } from '../../error.js';
import type { TreeModel } from './model.js';
import type { TrainAnswer, TrainRequest } from './worker.js';

/** Runs as CommonJS in the new thread. */
const FROM_SOURCES = `
const { workerData } = require('node:worker_threads');
const { createJiti } = require(workerData.jiti);
createJiti(workerData.from).import(workerData.file).catch((error) => { setImmediate(() => { throw error; }); });
`;

export async function trainInWorker(request: TrainRequest, signal?: AbortSignal): Promise<TreeModel> {
  signal?.throwIfAborted();
  const worker = start(request);
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const answer = await new Promise<TrainAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (cause) => reject(died(`stopped with: ${cause.message}`, cause)));
      worker.once('exit', (exit) => reject(signal?.aborted ? signal.reason : died(`ended with exit code ${exit}`)));
    });
    if ('model' in answer) return answer.model;
    const { code, message, remedy } = answer.failed;
    throw new HeadraceError(code, message, { remedy });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function start(request: TrainRequest): Worker {
  const transferList = [request.matrix.buffer, request.labels.buffer];
  if (import.meta.url.endsWith('.js')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: { request }, transferList });
  }
  const jiti = createRequire(import.meta.url).resolve('jiti');
  const file = new URL('./worker.ts', import.meta.url).href;
  const workerData = { request, jiti, from: import.meta.url, file };
  return new Worker(FROM_SOURCES, { eval: true, workerData, transferList });
}

const died = (how: string, cause?: unknown) =>
  new HeadraceError('TRAINER_FAILED', `the training thread ${how}; if it is memory, raise --max-old-space-size`, {
    remedy: 'retry',
    cause,
  });
