/** What running workers say of their tasks, over HTTP. */
import type { Health } from '../console/http.js';
import type { TaskStatus } from '../runtime/task.js';
import type { WorkerFile } from './workers.js';

/** A worker in the middle of a batch may take its time. */
const ANSWER_MAX_MS = 3_000;

export interface WorkerStatus extends WorkerFile {
  /** Null where it does not answer. */
  readonly health: Health['health'] | null;
  readonly tasks: readonly TaskStatus[];
  /** Why it does not answer. */
  readonly error: string | null;
}

export function askWorkers(workers: readonly WorkerFile[]): Promise<WorkerStatus[]> {
  return Promise.all(
    workers.map(async (worker): Promise<WorkerStatus> => {
      try {
        const answer = await fetch(`http://${worker.http}/status`, {
          signal: AbortSignal.timeout(ANSWER_MAX_MS),
        });
        const { health, tasks } = (await answer.json()) as Health & { tasks: TaskStatus[] };
        return { ...worker, health, tasks, error: null };
      } catch (cause) {
        const { message, cause: inner } = cause as Error;
        const error = inner instanceof Error ? inner.message : message;
        return { ...worker, health: null, tasks: [], error };
      }
    }),
  );
}
