/**
 * Trains in a thread of its own, so that the event loop of the worker process stays free.
 * Matrix and labels are transferred: the caller's arrays are empty afterwards.
 * Errors: those of `trainTrees`; `TRAINER_FAILED` where the thread dies; the signal's reason where it is aborted.
 */
import { HeadraceError } from '../../error.js';
import { startThread } from '../../runtime/start-thread.js';
import type { TreeModel } from './model.js';
import type { TrainAnswer, TrainRequest } from './worker.js';

export async function trainInWorker(request: TrainRequest, signal?: AbortSignal): Promise<TreeModel> {
  signal?.throwIfAborted();
  const worker = startThread(import.meta.url, './worker', {
    workerData: { request },
    transferList: [request.matrix.buffer, request.labels.buffer],
  });
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

const died = (how: string, cause?: unknown) =>
  new HeadraceError('TRAINER_FAILED', `the training thread ${how}; if it is memory, raise --max-old-space-size`, {
    remedy: 'retry',
    cause,
  });
