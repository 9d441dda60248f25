import { HeadraceError } from '../../error.js';
import type { Settings } from '../../runtime/settings.js';
import type { Register } from '../context.js';

export const register: Register = (program, context) => {
  program
    .command('config')
    .description('list all settings: value, default, unit, meaning')
    .action(async () => {
      const { readSettings, unknownVariables } = await import('../../runtime/settings.js');
      const { describeSettings } = await import('../../runtime/settings-view.js');
      const { table } = await import('../ui/table.js');
      const { env, columns } = context.io;
      let settings: Settings;
      let wrong: unknown = null;
      try {
        settings = context.settings();
      } catch (error) {
        if (!(error instanceof HeadraceError)) throw error;
        wrong = error;
        settings = readSettings({});
      }
      const rows = describeSettings(settings, wrong ? {} : env);
      context.result(rows, () =>
        table(
          ['variable', 'value', 'unit', 'meaning'],
          rows.map(({ variables, value, default: fallback, unit, meaning, from }) => [
            variables[0]!,
            value === null ? '-' : from === 'environment' ? `${value} (set; default ${fallback})` : value,
            unit,
            variables.length > 1 ? `${meaning} Also ${variables.slice(1).join(', ')}.` : meaning,
          ]),
          { columns },
        ),
      );
      for (const name of unknownVariables(env)) context.note(`note: ${name} is no setting of Headrace`);
      if (wrong) throw wrong;
    });
};
