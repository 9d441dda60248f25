import { InvalidArgumentError } from 'commander';
import type { Pipeline } from '../../contract/topics.js';
import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';

const PIPELINES: readonly Pipeline[] = ['feature', 'inference', 'training'];
/** A clean stop takes less than 5 s; whatever takes longer than this is left to the recovery of the next start. */
const STOP_MAX_MS = 10_000;

export const register: Register = (program, context) => {
  program
    .command('run')
    .description('run a topology’s pipelines until Ctrl-C; logs go to standard error')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--only <pipeline>', `one of ${PIPELINES.join(', ')}; may be given again`, parsePipeline)
    .action(async (path: string, options: { only?: readonly Pipeline[] }) => {
      const { createLogger } = await import('../../runtime/logger.js');
      const { systemClock } = await import('../../runtime/ports.js');
      const { startWorker } = await import('../start-worker.js');
      const { onInterrupt } = await import('../ui/interrupt.js');
      const { withConnection } = await import('../with-connection.js');
      const settings = context.settings();
      const definition = await context.topology(path);
      const pipelines = options.only ?? PIPELINES;
      const logger = createLogger({ ...settings, base: { pid: process.pid } });
      const interrupt = onInterrupt();
      const work = async (connection: import('../connect.js').Connection) => {
        const { log, codec } = connection;
        const worker = await startWorker(definition, pipelines, { log, codec, clock: systemClock, logger, settings });
        const http = `http://${worker.http}`;
        context.result(
          { topology: definition.name, pipelines, http, pid: process.pid },
          () =>
            `${definition.name} runs (${pipelines.join(', ')}): ${http}/status, /health, /metrics. Ctrl-C stops it.`,
        );
        await interrupt.happened;
        context.note('stopping; again for at once');
        const timer = setTimeout(() => {
          context.note(`not stopped in ${STOP_MAX_MS} ms: left as it is; the next start recovers`);
          process.exit(EXIT_ERROR);
        }, STOP_MAX_MS);
        await worker.stop();
        clearTimeout(timer);
      };
      try {
        await withConnection(context, work, logger);
      } finally {
        interrupt.release();
      }
    });
};

/** Each time that the option is given; in the order of the pipelines. */
function parsePipeline(name: string, before: readonly Pipeline[] = []): readonly Pipeline[] {
  if (!PIPELINES.includes(name as Pipeline)) throw new InvalidArgumentError(`Give one of ${PIPELINES.join(', ')}.`);
  return PIPELINES.filter((pipeline) => pipeline === name || before.includes(pipeline));
}
