import type { Register } from '../context.js';

export const register: Register = (program, context) => {
  program
    .command('down')
    .description('stop what `headrace up` started; the data is kept')
    .action(async () => {
      const { down } = await import('../../dev/up.js');
      const stopped = await down({ folder: context.settings().folder });
      context.result({ stopped }, () => (stopped.length > 0 ? `Stopped ${stopped.join(' and ')}.` : 'Nothing ran.'));
    });
};
