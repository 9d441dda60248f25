import type { Context, Register } from '../context.js';
import type { WorkerFile } from '../workers.js';

export const register: Register = (program, context) => {
  program
    .command('down')
    .description('stop what `headrace up` started; the data is kept')
    .option('--force', 'also while workers run: they wait until it is up again')
    .action(async (options: { force?: boolean }) => {
      const { down, localStatus } = await import('../../dev/up.js');
      const { runningWorkers } = await import('../workers.js');
      const { folder, brokers } = context.settings();
      const runs = (await localStatus({ folder })).some(({ state }) => state !== 'stopped');
      // Workers that were told of another Kafka do not miss this one.
      const workers = runs && brokers === null ? runningWorkers(folder, null) : [];
      if (workers.length > 0) await saidOrRefused(context, workers, options.force === true);
      const stopped = await down({ folder });
      context.result({ stopped }, () => (stopped.length > 0 ? `Stopped ${stopped.join(' and ')}.` : 'Nothing ran.'));
    });
};

async function saidOrRefused(context: Context, workers: readonly WorkerFile[], force: boolean): Promise<void> {
  const { HeadraceError } = await import('../../error.js');
  const [one] = workers;
  const names = workers.map(({ pid, topology }) => `process ${pid} (${topology})`).join(', ');
  const run = workers.length === 1 ? `a worker runs: ${names}; it` : `workers run: ${names}; they`;
  if (force) {
    context.note(`${run} will wait for Kafka, and go on when \`headrace up\` has started it again`);
    return;
  }
  throw new HeadraceError(
    'WORKERS_RUN',
    `${run} would lose Kafka. Stop ${workers.length === 1 ? 'it' : 'them'} first (Ctrl-C where it runs, or \`kill ${workers.map(({ pid }) => pid).join(' ')}\`), or say --force: then what runs waits for Kafka, and goes on when \`headrace up\` has started it again`,
    { remedy: 'fix-environment', topology: one!.topology, pids: workers.map(({ pid }) => pid) },
  );
}
