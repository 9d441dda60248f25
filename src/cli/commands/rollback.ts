import type { Register } from '../context.js';
import { parseName, parseWhole } from '../ui/format.js';

export const register: Register = (program, context) => {
  program
    .command('rollback')
    .description('let the version that served before serve again, and hold automatic promotion')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--to <version>', 'an earlier version; without it, the one before', parseWhole(1))
    .option('--model <name>', 'which model; needed where there are several')
    .option('--why <text>', 'the reason, for the log')
    .option('--by <name>', 'who decides, for the log; without it HEADRACE_ACTOR, or the system’s user', parseName)
    .action(async (path: string, options: { to?: number; model?: string; why?: string; by?: string }) => {
      const { modelOf } = await import('../models/model-of.js');
      const { rollBack } = await import('../models/change.js');
      const { changeText } = await import('../models/text.js');
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      const model = modelOf(definition, options.model);
      const who = options.by ?? context.settings().actor;
      const change = await withConnection(context, (connection) =>
        rollBack(connection, options.to, { definition, model, why: options.why, who }),
      );
      context.result(change, () => changeText(change));
    });
};
