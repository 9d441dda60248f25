import type { ServiceStatus } from '../../dev/up.js';
import type { TaskStatus } from '../../runtime/task.js';
import type { WorkerStatus } from '../ask-workers.js';
import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import { numberText, timeText } from '../ui/format.js';
import { table } from '../ui/table.js';

export const register: Register = (program, context) => {
  program
    .command('status')
    .description('show what runs for this project: local Kafka, workers, each task’s state, lag and known time')
    .argument('[topology]', 'only the workers of this one, by its file')
    .action(async (path: string | undefined) => {
      const { askWorkers } = await import('../ask-workers.js');
      const { runningWorkers } = await import('../workers.js');
      const { localStatus } = await import('../../dev/up.js');
      const { folder, brokers } = context.settings();
      const topology = path === undefined ? null : (await context.topology(path)).name;
      const [services, workers] = await Promise.all([
        localStatus({ folder }),
        askWorkers(runningWorkers(folder, topology)),
      ]);
      const { columns } = context.io;
      context.result({ brokers, local: services, workers }, () =>
        [
          ...(brokers === null ? [localText(services)] : [`Kafka of the settings: ${brokers.join(', ')}`]),
          ...(workers.length > 0
            ? workers.map((worker) => workerText(worker, columns))
            : [`No workers${topology === null ? '' : ` of ${topology}`} run here.`]),
        ].join('\n\n'),
      );
      if (workers.some(({ health }) => health === 'stuck' || health === null)) context.exitCode = EXIT_ERROR;
    });
};

function localText(services: readonly ServiceStatus[]): string {
  const lines = services.map(({ name, state, address, version, pid, logs }) => {
    const where = state === 'stopped' ? '' : `  ${address}  version ${version}, process ${pid}`;
    return `  ${name.padEnd(8)}  ${state}${where}${state === 'not answering' ? `; see ${logs.join(', ')}` : ''}`;
  });
  return ['Local Kafka (`headrace up`)', ...lines].join('\n');
}

function workerText(worker: WorkerStatus, columns: number | null): string {
  const { topology, pid, http, pipelines, health, error, tasks } = worker;
  const title = `Worker ${pid} of ${topology}: ${pipelines.join(', ')}; http://${http}`;
  if (error !== null) return `${title}\n  does not answer (${error})`;
  const rows = [...tasks]
    .sort(byTask)
    .map(({ task, state, numbers, because }) => [
      task,
      state,
      lagOf(numbers),
      timeOf(numbers.known_ms),
      because !== null && state !== 'running'
        ? `${because.code}: ${because.message.split('\n')[0]}`
        : waitsFor(numbers),
    ]);
  const head = ['task', 'state', 'lag (rows)', 'known', 'waits for'];
  return `${title}; ${health}\n${table(head, rows, { columns, right: [2] })}`;
}

/** What a stage that reads has not dealt with: of a raw topic records, of the others rows. */
function lagOf({ lag_rows: rows, lag_records: records }: TaskStatus['numbers']): string | null {
  const lag = rows ?? records;
  return typeof lag === 'number' ? numberText(lag) : null;
}

/** Null before the first row. */
const timeOf = (ms: unknown) => (typeof ms === 'number' && ms > 0 ? timeText(ms) : null);

const waitsFor = ({ waits_for: waiting }: TaskStatus['numbers']) => (waiting ? String(waiting) : null);

const STAGES = ['admit', 'route', 'compute', 'serve', 'snapshot', 'train'];
/** Stages in the order of the pipelines, partitions by number. */
function byTask({ task: a }: TaskStatus, { task: b }: TaskStatus): number {
  const rank = (task: string) => STAGES.indexOf(task.split('/')[0]!);
  return rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true });
}
