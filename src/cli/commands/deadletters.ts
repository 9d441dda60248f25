import type { TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';
import type { LetterCounts } from '../dead-letters.js';
import type { Redrive } from '../dead-letters-redrive.js';
import { counted, numberText, parseName, parseTime, parseWhole, timeText } from '../ui/format.js';
import { table } from '../ui/table.js';

const LIST_LIMIT = 20;
const REDRIVE_MAX = 1_000;
const ATTEMPTS_MAX = 3;

interface Filter {
  readonly topic?: string;
  readonly stage?: string;
  readonly error?: string;
  readonly since?: number;
  readonly until?: number;
}

const topology = ['<topology>', 'its file, e.g. topology/flights.ts'] as const;
const filters = [
  ['--topic <topic>', 'only those of this raw topic', parseName],
  ['--stage <stage>', 'only those that this stage refused', parseName],
  ['--error <code>', 'only those of this error, e.g. RECORD_UNREADABLE', parseName],
  ['--since <time>', 'only those refused then or later', parseTime],
  ['--until <time>', 'only those refused before', parseTime],
] as const;

export const register: Register = (program, context) => {
  const letters = program.command('deadletters').description('list, show, or send again the events that were refused');
  const filtered = (name: string, description: string) => {
    const command = letters
      .command(name)
      .description(description)
      .argument(...topology);
    for (const [flags, text, parse] of filters) command.option(flags, text, parse as (value: string) => string);
    return command;
  };

  filtered('list', 'list them, the newest first: where they stand, and why; and how many there are of each error')
    .option('--limit <n>', 'how many are listed; all are counted', parseWhole(1), LIST_LIMIT)
    .action(async (path: string, options: Filter & { limit: number }) => {
      const { countLetters, letterPartitions } = await import('../dead-letters.js');
      const { definition, topics } = await topicsOf(context, path, options.topic);
      const found = await withLog(context, async ({ log }) =>
        countLetters(log, await letterPartitions(log, definition.name, topics), options, options.limit),
      );
      const shown = found.letters.map(({ key, value, headers, stack, ...letter }) => letter);
      context.result({ ...found, letters: shown }, () => listText(found, topics, context.io.columns));
    });

  letters
    .command('show')
    .description('show one: its bytes, decoded where that is possible, key, headers, and the error with its stack')
    .argument(...topology)
    .argument('<topic>', 'of the raw record')
    .argument('<partition>', 'of the raw record', parseWhole(0))
    .argument('<offset>', 'of the raw record', parseWhole(0))
    .action(async (path: string, topic: string, partition: number, offset: number) => {
      const { showLetter } = await import('../dead-letters-show.js');
      const { definition } = await topicsOf(context, path, topic);
      const shown = await withLog(context, (connection) =>
        showLetter(connection, definition.name, { topic, partition, offset }),
      );
      context.result(shown.json, () => shown.text);
    });

  filtered('redrive', 'send them to their raw topic again, each once, after what was wrong was corrected')
    .option('--dry-run', 'only say what would be sent')
    .option('--max <n>', 'how many at most', parseWhole(1), REDRIVE_MAX)
    .option('--max-attempts <n>', 'how often a record may be sent again', parseWhole(1), ATTEMPTS_MAX)
    .option('--again', 'those too that were sent again already')
    .action(
      async (
        path: string,
        options: Filter & { dryRun?: boolean; max: number; maxAttempts: number; again?: boolean },
      ) => {
        const { redrive } = await import('../dead-letters-redrive.js');
        const { definition, topics } = await topicsOf(context, path, options.topic);
        const { max, maxAttempts: attemptsMax, dryRun = false, again = false } = options;
        const done = await withLog(context, ({ log }) =>
          redrive(log, definition.name, topics, { ...options, max, attemptsMax, dryRun, again }),
        );
        context.result(done, () => redriveText(done, max, attemptsMax));
      },
    );
};

/** The raw topics that a command is about. */
async function topicsOf(
  context: Context,
  path: string,
  topic: string | undefined,
): Promise<{ definition: TopologyDefinition; topics: readonly string[] }> {
  const { eventsOf } = await import('../events-of.js');
  const definition = await context.topology(path);
  const events = eventsOf(definition, topic === undefined ? undefined : [topic]);
  return { definition, topics: events.map((event) => event.topic) };
}

async function withLog<T>(context: Context, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { withConnection } = await import('../with-connection.js');
  return withConnection(context, work);
}

function listText({ total, errors, letters }: LetterCounts, topics: readonly string[], columns: number | null): string {
  if (total === 0) return `No dead letters of ${topics.join(', ')}.`;
  const rows = letters.map(({ topic, partition, offset, code, message, stage, at, redriven }) => [
    `${topic}/${partition}`,
    offset,
    timeText(at),
    stage,
    redriven ? 'yes' : null,
    code,
    message,
  ]);
  const head = ['topic', 'offset', 'refused at', 'stage', 'sent again', 'code', 'message'];
  const more = total > letters.length ? `; ${letters.length} are listed, more with --limit` : '';
  const counts = errors.map(({ code, count }) => [code, numberText(count)]);
  return [
    table(head, rows, { columns, right: [1] }),
    '',
    `${counted(total, 'dead letter')}${more}.`,
    '',
    table(['code', 'letters'], counts, { columns, right: [1] }),
  ].join('\n');
}

function redriveText({ dryRun, redriven, byError, skipped }: Redrive, max: number, attemptsMax: number): string {
  const what = Object.entries(byError).map(([code, count]) => `${numberText(count)} ${code}`);
  const of = what.length === 0 ? '' : ` (${what.join(', ')})`;
  const left = [
    [skipped.redrivenBefore, 'sent again before (--again sends them once more)'],
    [skipped.attemptsUsedUp, `sent again ${attemptsMax} times, as often as --max-attempts allows`],
    [skipped.withheld, 'whose values were not kept'],
    [skipped.beyondMax, `beyond --max ${max}`],
  ] as const;
  return [
    `${counted(redriven, 'dead letter')}${of} ${dryRun ? 'would be sent again' : 'sent again'}.`,
    ...left.flatMap(([count, why]) => (count === 0 ? [] : [`  left out: ${numberText(count)} ${why}`])),
  ].join('\n');
}
