import type { Connection } from '../connect.js';
import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import type { Outcome, Request } from '../models/request.js';
import { parseRate } from '../ui/format.js';

const TIMEOUT_SECONDS = 600;

export const register: Register = (program, context) => {
  program
    .command('train')
    .description('ask a running topology for a new model version')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--model <name>', 'which model; needed where there are several')
    .option('--why <text>', 'the reason, for the log')
    .option('--wait', 'until it is promoted or rejected; code 1 if it is not promoted')
    .option('--timeout <seconds>', 'how long to wait', parseRate, TIMEOUT_SECONDS)
    .action(async (path: string, options: Options) => {
      const { modelOf } = await import('../models/model-of.js');
      const { requestTraining } = await import('../models/request.js');
      const { HeadraceError } = await import('../../error.js');
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      const model = modelOf(definition, options.model);
      if (!model.retrain.onMessage) {
        throw new HeadraceError(
          'RETRAIN_OFF',
          `model ${model.name} takes no retrain messages: set retrain: { onMessage: true } in its topology`,
          { remedy: 'fix-definition', model: model.name },
        );
      }
      await withConnection(context, async (connection) => {
        const at = await requestTraining(connection, definition.name, model.name, options.why ?? '');
        const place = `${at.topic} offset ${at.offset}`;
        const request = { topology: definition.name, model: model.name, at };
        if (!options.wait) {
          context.result(
            { ...request, outcome: null },
            () => `Asked: ${place}. \`headrace models ${path}\` shows what comes of it.`,
          );
          return;
        }
        context.note(`asked: ${place}; waiting for the outcome`);
        const outcome = await waitFor(connection, request, options.timeout);
        context.result({ ...request, ...outcome }, () => outcomeText(model.name, outcome));
        if (outcome.outcome !== 'promoted') context.exitCode = EXIT_ERROR;
      });
    });
};

interface Options {
  readonly model?: string;
  readonly why?: string;
  readonly wait?: boolean;
  readonly timeout: number;
}

async function waitFor(connection: Connection, request: Request, seconds: number): Promise<Outcome> {
  const { awaitOutcome } = await import('../models/request.js');
  const { onInterrupt } = await import('../ui/interrupt.js');
  const { HeadraceError } = await import('../../error.js');
  const interrupt = onInterrupt();
  try {
    const outcome = await awaitOutcome(connection, request, { timeoutMs: seconds * 1000, signal: interrupt.signal });
    if (outcome !== null) return outcome;
    const why = interrupt.signal.aborted ? 'interrupted' : `not answered in ${seconds} s`;
    throw new HeadraceError(
      'TRAINING_NOT_ANSWERED',
      `the request at ${request.at.topic} offset ${request.at.offset} is ${why}; it stands: see whether the training pipeline runs (\`headrace status\`), and \`headrace models\` later`,
      { remedy: 'retry', ...request.at },
    );
  } finally {
    interrupt.release();
  }
}

function outcomeText(model: string, { outcome, version, metrics, reasons }: Outcome): string {
  const { auc, logLoss } = metrics ?? {};
  const measured = [
    ...(typeof auc === 'number' ? [`auc ${auc.toFixed(4)}`] : []),
    ...(typeof logLoss === 'number' ? [`log loss ${logLoss.toFixed(4)}`] : []),
  ];
  const which =
    version === null
      ? `Training of ${model} failed`
      : `Version ${version} of ${model} was ${outcome === 'held' ? 'not promoted' : outcome}`;
  const figures = measured.length > 0 ? ` (${measured.join(', ')})` : '';
  return `${which}${figures}${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}.`;
}
