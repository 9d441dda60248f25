import type { SnapshotPointer } from '../../training/snapshot.js';
import type { Register } from '../context.js';

export const register: Register = (program, context) => {
  program
    .command('snapshots')
    .description('list a topology’s training sets')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .action(async (path: string) => {
      const { factReader } = await import('../../contract/facts.js');
      const { snapshotsTopic } = await import('../../contract/topics.js');
      const { readToEnd } = await import('../../log/log.js');
      const { withConnection } = await import('../with-connection.js');
      const { numberText, timeText } = await import('../ui/format.js');
      const { table } = await import('../ui/table.js');
      const definition = await context.topology(path);
      const topic = snapshotsTopic(definition.name);
      const snapshots = await withConnection(context, async ({ log, codec }) => {
        const found: (SnapshotPointer & { offset: number; at: number })[] = [];
        if ((await log.describeTopic(topic)) === null) return found;
        const reader = factReader(codec);
        for await (const { offset, value } of readToEnd(log, { topic, partition: 0 })) {
          if (value === null) continue;
          const { at, body } = await reader.decode<SnapshotPointer>(value);
          found.push({ offset, at, ...body });
        }
        return found;
      });
      context.result({ topology: definition.name, snapshots }, () => {
        if (snapshots.length === 0)
          return `No snapshots yet: a running topology cuts them, and \`headrace train ${path}\` asks for one.`;
        const rows = snapshots.map(({ manifest, view, rows: count, asOf, at, request }) => [
          manifest.slice(0, 12),
          `${view.name}.v${view.version}`,
          numberText(count),
          timeText(asOf),
          timeText(at),
          request && `${request.model}, message ${request.at.offset}`,
        ]);
        return table(['snapshot', 'view', 'rows', 'as of', 'made', 'asked for by'], rows, {
          columns: context.io.columns,
          right: [2],
        });
      });
    });
};
