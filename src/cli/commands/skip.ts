import type { Register } from '../context.js';
import { parseWhole } from '../ui/format.js';

export const register: Register = (program, context) => {
  program
    .command('skip')
    .description('let admit go on behind raw records that retention took before they were read (OFFSET_OUT_OF_RANGE)')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .argument('<topic>', 'the raw topic')
    .argument('<partition>', 'of the raw topic', parseWhole(0))
    .option('--yes', 'give them up; without it, it is only said what would be')
    .action(async (path: string, topic: string, partition: number, { yes = false }: { yes?: boolean }) => {
      const { withConnection } = await import('../with-connection.js');
      const { eventsOf } = await import('../events-of.js');
      const { skipLost } = await import('../skip.js');
      const definition = await context.topology(path);
      const event = eventsOf(definition, [topic])[0]!;
      const skipped = await withConnection(context, ({ log, codec }) =>
        skipLost({ topology: definition.name, event, partition, dryRun: !yes, log, codec }),
      );
      const { from, to } = skipped;
      const what = `offsets ${from} to ${to - 1} of ${topic}/${partition}`;
      context.result(skipped, () =>
        yes
          ? `Given up: ${what}. Start the worker again: it goes on at ${to}.`
          : `${what} are gone, and were not read. To give them up: headrace skip … --yes.`,
      );
    });
};
