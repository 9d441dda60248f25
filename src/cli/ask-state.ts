/**
 * Questions about state, asked of whichever worker of this project answers: it passes them on to the one that runs the task.
 * Errors: `WORKERS_NOT_FOUND`, `WORKER_NOT_REACHED`, `GROUP_UNKNOWN`, `TOPOLOGY_NOT_NAMED`, and those of the answer.
 */
import { httpGet } from '../console/http-get.js';
import { errorOf } from '../console/reply.js';
import { HeadraceError } from '../error.js';
import { runningWorkers, type WorkerFile } from './workers.js';

/** Beyond what a worker takes to pass a question on and to say what came of it. */
const ANSWER_MAX_MS = 130_000;

/** @param folder of the project. @param topology null: the one that has the group */
export async function askState<T>(folder: string, topology: string | null, url: string): Promise<T> {
  const byTopology = new Map<string, WorkerFile[]>();
  for (const worker of runningWorkers(folder, topology)) {
    byTopology.set(worker.topology, [...(byTopology.get(worker.topology) ?? []), worker]);
  }
  if (byTopology.size === 0) {
    throw new HeadraceError(
      'WORKERS_NOT_FOUND',
      `no worker${topology === null ? '' : ` of ${topology}`} runs here that could be asked: start one with \`headrace run\``,
      { remedy: 'fix-environment', topology },
    );
  }
  const answers: { readonly topology: string; readonly answer: T }[] = [];
  const unknown: HeadraceError[] = [];
  const failures: unknown[] = [];
  for (const [name, workers] of byTopology) {
    try {
      const got = await first(workers, url);
      if (got.status !== 200) throw errorOf(got);
      answers.push({ topology: name, answer: JSON.parse(got.body) as T });
    } catch (error) {
      if (error instanceof HeadraceError && error.code === 'GROUP_UNKNOWN') unknown.push(error);
      else failures.push(error);
    }
  }
  if (answers.length === 1) return answers[0]!.answer;
  if (answers.length === 0) throw failures[0] ?? (unknown.length === 1 ? unknown[0] : together(unknown));
  const names = answers.map((one) => one.topology);
  throw new HeadraceError(
    'TOPOLOGY_NOT_NAMED',
    `${names.join(' and ')} have such a group: name one of their files with --topology`,
    { remedy: 'fix-input', topologies: names },
  );
}

/** Of the first that can be reached. */
async function first(workers: readonly WorkerFile[], url: string) {
  let failure: unknown;
  for (const { http } of workers) {
    try {
      return await httpGet(http, url, ANSWER_MAX_MS);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

const together = (errors: readonly HeadraceError[]) =>
  new HeadraceError('GROUP_UNKNOWN', errors.map(({ message }) => message).join('; '), { remedy: 'fix-input' });
