import type { Command } from 'commander';
import { defaultThreads, THREADS_MAX } from '../../replay/backfill/share-out.js';
import type { UnsortedFile } from '../../replay/backfill.js';
import type { VerifyReport } from '../../replay/verify.js';
import type { Context, Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import { counted, numberText, parseWhole, secondsText } from '../ui/format.js';

export const register: Register = (program, context) => {
  const replay = program
    .command('replay')
    .description('compute vectors again: verify what was served, or backfill history from files');
  verify(replay, context);
  backfill(replay, context);
};

function verify(replay: Command, context: Context): void {
  replay
    .command('verify')
    .description('compute every served vector again from the recorded inboxes, and compare bit by bit')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--view <name>', 'which view; needed where there are several')
    .action(async (path: string, options: { view?: string }) => {
      const { verify: compare } = await import('../../replay/verify.js');
      const { counter } = await import('../ui/counter.js');
      const { viewOf } = await import('../view-of.js');
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      const view = viewOf(definition, options.view);
      const count = counter(context.io, 'verifying');
      const startMs = Date.now();
      const report = await withConnection(context, ({ log, codec }) =>
        compare({ definition, view, log, codec, onProgress: (rows) => count.at(counted(rows, 'row')) }),
      ).finally(() => count.end());
      const ms = Date.now() - startMs;
      context.result({ ...report, seconds: ms / 1000 }, () => reportText(report, ms));
      if (report.differing > 0 || report.compared === 0) context.exitCode = EXIT_ERROR;
    });
}

function reportText({ view, compared, differing, differences }: VerifyReport, ms: number): string {
  if (compared === 0)
    return `Nothing of view ${view} was compared: no vector has been served yet. Load events and run the topology first.`;
  const head = `View ${view}: ${counted(compared, 'row')} compared in ${secondsText(ms)}, ${numberText(differing)} differing.`;
  if (differing === 0) return head;
  const lines = differences.map(
    ({ partition, offset, id, field, served, computed }) =>
      `  partition ${partition} offset ${offset} (${id}): ${field} was served as ${shown(served)} and is computed as ${shown(computed)}`,
  );
  return [head, 'The first differences:', ...lines].join('\n');
}

const shown = (value: unknown) =>
  value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value);

function backfill(replay: Command, context: Context): void {
  replay
    .command('backfill')
    .description('compute a view’s vectors over recorded events, from files alone: no Kafka is needed')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .requiredOption('--from <folder>', 'folder with <topic>.parquet or <topic>.ndjson')
    .requiredOption('--out <file>', 'Parquet file to write: id, time, and a column per feature')
    .option('--view <name>', 'which view; needed where there are several')
    .option(
      '--threads <n>',
      `how many threads compute, at most ${THREADS_MAX}; the vectors are the same for any number (default: one a core, and one alone for few rows)`,
      parseWhole(1, THREADS_MAX),
    )
    .action(async (path: string, options: { from: string; out: string; view?: string; threads?: number }) => {
      const { countRows } = await import('../count-rows.js');
      const { onInterrupt } = await import('../ui/interrupt.js');
      const { progress } = await import('../ui/progress.js');
      const { writeVectorsFile } = await import('../vectors-file.js');
      const { viewOf } = await import('../view-of.js');
      const { from, out } = options;
      const definition = await context.topology(path);
      const view = viewOf(definition, options.view);
      const read = new Set([
        view.score,
        ...definition.groups.filter(({ name }) => view.groups.includes(name)).flatMap(({ keys }) => Object.keys(keys)),
      ]);
      const total = await countRows(
        definition.events.filter(({ topic }) => read.has(topic)),
        from,
      );
      const threads = options.threads ?? defaultThreads(total);
      const unsorted: UnsortedFile[] = [];
      const startMs = Date.now();
      const interrupt = onInterrupt();
      const bar = progress(context.io, 'computing', total);
      const rows = await writeVectorsFile({
        definition,
        view,
        from,
        out,
        threads,
        signal: interrupt.signal,
        onUnsorted: (file) => unsorted.push(file),
        onProgress: (events) =>
          bar.at(events, `${numberText((events * 1000) / Math.max(1, Date.now() - startMs))} events/s`),
      }).finally(() => {
        bar.end();
        interrupt.release();
      });
      const ms = Math.max(1, Date.now() - startMs);
      const rowsPerSecond = (rows * 1000) / ms;
      for (const file of unsorted) context.note(unsortedText(file));
      context.result(
        { view: view.name, out, rows, seconds: ms / 1000, rowsPerSecond, threads, unsorted },
        () =>
          `Wrote ${counted(rows, 'vector')} of view ${view.name} to ${out} in ${secondsText(ms)} (${numberText(rowsPerSecond)} rows/s).`,
      );
    });
}

const unsortedText = ({ file, topic, rows, firstRow }: UnsortedFile) =>
  `warning: ${file} is not in the order in which its events were known: ${counted(rows, 'row')} of ${topic}, the first of them row ${numberText(firstRow)}, ` +
  'came after one known later. Each was taken as known when the latest above it was: vectors of events known in between do not ' +
  'count it, and its own may count what was known only in between. Sort the file by known time and run this again';
