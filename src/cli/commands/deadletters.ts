import type { Register } from '../context.js';
import { counted, parseWhole, timeText } from '../ui/format.js';

const LIMIT = 20;

export const register: Register = (program, context) => {
  program
    .command('deadletters')
    .description('list the events that were refused, the newest first: where they stand, and why')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--topic <topic>', 'only those of this raw topic')
    .option('--limit <n>', 'how many', parseWhole(1), LIMIT)
    .action(async (path: string, options: { topic?: string; limit: number }) => {
      const { loadTopology } = await import('../../runtime/load-topology.js');
      const { eventsOf } = await import('../events-of.js');
      const { readDeadLetters } = await import('../dead-letters.js');
      const { withConnection } = await import('../with-connection.js');
      const { table } = await import('../ui/table.js');
      const definition = await loadTopology(path);
      const events = eventsOf(definition, options.topic === undefined ? undefined : [options.topic]);
      const topics = events.map(({ topic }) => topic);
      const found = await withConnection(context, ({ log }) =>
        readDeadLetters(log, definition.name, topics, options.limit),
      );
      context.result(found, () => {
        const { letters, total } = found;
        if (letters.length === 0) return `No dead letters of ${topics.join(', ')}.`;
        const rows = letters.map(({ topic, partition, offset, code, message, stage, at }) => [
          `${topic}/${partition}`,
          offset,
          timeText(at),
          stage,
          code,
          message,
        ]);
        const list = table(['topic', 'offset', 'refused at', 'stage', 'code', 'message'], rows, {
          columns: context.io.columns,
          right: [1],
        });
        return total > letters.length
          ? `${list}\n\n${letters.length} of ${counted(total, 'dead letter')}; more with --limit.`
          : list;
      });
    });
};
