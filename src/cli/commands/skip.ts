import type { Register } from '../context.js';
import { counted, parseWhole } from '../ui/format.js';

const MAX = 1_000;

export const register: Register = (program, context) => {
  program
    .command('skip')
    .description(
      'let admit go on behind raw records that it cannot read: taken by retention, of a schema that cannot be had, or in a batch that cannot be unpacked',
    )
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .argument('<topic>', 'the raw topic')
    .argument('<partition>', 'of the raw topic', parseWhole(0))
    .option('--max <n>', 'how many records at most become dead letters', parseWhole(1), MAX)
    .option('--yes', 'give them up; without it, it is only said what would be')
    .action(
      async (path: string, topic: string, partition: number, { max, yes = false }: { max: number; yes?: boolean }) => {
        const { withConnection } = await import('../with-connection.js');
        const { eventsOf } = await import('../events-of.js');
        const { skipUnreadable } = await import('../skip.js');
        const definition = await context.topology(path);
        const event = eventsOf(definition, [topic])[0]!;
        const skipped = await withConnection(context, ({ log, codec }) =>
          skipUnreadable({ topology: definition.name, event, partition, dryRun: !yes, max, log, codec }),
        );
        const { from, to, code, message, letters } = skipped;
        const what = `offsets ${from} to ${to - 1} of ${topic}/${partition}`;
        const kept = letters === 0 ? 'nothing of them is there' : `${counted(letters, 'dead letter')}`;
        context.result(skipped, () =>
          yes
            ? `Given up: ${what} (${kept}). admit goes on at ${to}; if it is stuck, start its worker again.`
            : `${what} cannot be read (${code}: ${message}). To give them up (${kept}): headrace skip … --yes.`,
        );
      },
    );
};
