import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';

export const register: Register = (program, context) => {
  program
    .command('validate')
    .description('check a topology; all problems are reported at once, and nothing is started')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .action(async (path: string) => {
      const { loadUnchecked } = await import('../../runtime/load-topology.js');
      const { problemsText } = await import('../../topology/validate.js');
      const { definition, problems } = await loadUnchecked(path);
      const { name, events, groups, views, models } = definition;
      context.result({ topology: name, valid: problems.length === 0, problems }, () =>
        problems.length > 0
          ? problemsText(problems)
          : `${name} is valid: ${count(events, 'event')}, ${count(groups, 'group')}, ${count(views, 'view')}, ${count(models, 'model')}.`,
      );
      if (problems.length > 0) context.exitCode = EXIT_ERROR;
    });
};

const count = ({ length }: readonly unknown[], what: string) => `${length} ${what}${length === 1 ? '' : 's'}`;
