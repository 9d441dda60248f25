import { Option } from 'commander';
import type { Log } from '../../log/log.js';
import type { EventDefinition, TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import {
  counted,
  numberText,
  parseNames,
  parseRate,
  parseTime,
  parseWhole,
  secondsText,
  timeText,
} from '../ui/format.js';
import type { Progress } from '../ui/progress.js';

const PARTITIONS = 4;

interface Options {
  readonly from: string;
  readonly events?: readonly string[];
  readonly rate?: number;
  readonly since?: number;
  readonly until?: number;
  readonly marks?: boolean;
  readonly create?: boolean;
  readonly partitions: number;
}

export const register: Register = (program, context) => {
  program
    .command('load')
    .description('send recorded events into their raw topics, in the order in which they were known')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .requiredOption('--from <folder>', 'folder with <topic>.parquet or <topic>.ndjson')
    .option('--events <topics>', 'only these, separated by commas', parseNames)
    .option('--rate <n>', 'events a second; without it, as fast as the brokers take them', parseRate)
    .option('--since <time>', 'only what was known from then on: what an earlier --until left', parseTime)
    .option('--until <time>', 'only what was known before, e.g. 2013-04-01', parseTime)
    .addOption(new Option('--marks', 'end with the mark that nothing more comes').conflicts('until'))
    .option('--create', 'create raw topics that do not exist; they keep their events for ever')
    .option('--partitions <n>', 'of topics that are created', parseWhole(1), PARTITIONS)
    .action(async (path: string, options: Options) => {
      const { eventsOf } = await import('../events-of.js');
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      const events = eventsOf(definition, options.events);
      await withConnection(context, (connection) => load(context, connection, { definition, events }, options));
    });
};

/** Raw topics belong to the user: they are created only when that is asked for. */
async function rawTopics(
  context: Context,
  { log }: Connection,
  events: readonly EventDefinition[],
  { create, partitions, since }: Options,
): Promise<void> {
  const existing = new Set(await log.listTopics());
  const missing = events.filter(({ topic }) => !existing.has(topic));
  if (since === undefined)
    await tellRepeats(
      context,
      log,
      events.filter(({ topic }) => existing.has(topic)),
    );
  if (missing.length === 0) return;
  const names = missing.map(({ topic }) => topic).join(', ');
  if (!create) {
    const { HeadraceError } = await import('../../error.js');
    throw new HeadraceError(
      'RAW_TOPIC_MISSING',
      `no topic ${names}: create it, or let \`headrace load … --create\` do it`,
      {
        remedy: 'fix-environment',
        topics: missing.map(({ topic }) => topic),
      },
    );
  }
  await log.createTopics(
    missing.map(({ topic, knownAt }) => ({
      topic,
      partitions,
      // Retention goes by a record's own time: recorded events of years ago would vanish at once.
      config: {
        'retention.ms': '-1',
        'retention.bytes': '-1',
        ...(knownAt.by === 'broker' ? { 'message.timestamp.type': 'LogAppendTime' } : {}),
      },
    })),
  );
  context.note(`created ${names} with ${counted(partitions, 'partition')}, without retention`);
}

/** A file that is loaded twice is sent twice: no error, and hardly ever what was meant. */
async function tellRepeats(context: Context, log: Log, events: readonly EventDefinition[]): Promise<void> {
  const filled: string[] = [];
  for (const { topic } of events) {
    const info = await log.describeTopic(topic);
    const at = Array.from({ length: info?.partitions ?? 0 }, (_, partition) => ({ topic, partition }));
    const records = (await log.offsets(at)).reduce((sum, { start, lastStable }) => sum + lastStable - start, 0);
    if (records > 0) filled.push(`${topic} (${counted(records, 'record')})`);
  }
  if (filled.length === 0) return;
  context.note(
    `note: there are events already in ${filled.join(', ')}: one that is sent again counts once in features, and is answered again; --since leaves out what was loaded`,
  );
}

/** Files first: nothing is created for one that cannot be loaded. */
async function load(
  context: Context,
  connection: Connection,
  { definition, events }: { readonly definition: TopologyDefinition; readonly events: readonly EventDefinition[] },
  options: Options,
): Promise<void> {
  const { log, codec } = connection;
  const { from, rate, since, until, marks = false } = options;
  const { Loader } = await import('../../dev/load.js');
  const { systemClock } = await import('../../runtime/ports.js');
  const { onInterrupt } = await import('../ui/interrupt.js');
  const { lateHistory } = await import('../late-history.js');
  const loader = new Loader({ events, from, log, codec, clock: systemClock, rate: rate ?? null, since });
  const interrupt = onInterrupt();
  let bar: Bar | null = null;
  try {
    const begins = await loader.openFiles();
    bar = await loadingBar(context, events, { from, until, skipped: loader.skipped });
    await rawTopics(context, connection, events, options);
    for (const line of lateHistory(definition, begins, systemClock.now())) context.note(`warning: ${line}`);
    const startMs = Date.now();
    await loader.open();
    const { sent, known } = await loader.run(until ?? Number.POSITIVE_INFINITY, bar.at, () => interrupt.signal.aborted);
    const interrupted = interrupt.signal.aborted;
    if (sent > 0) bar.at({ sent, known });
    if (marks && !interrupted) await loader.end();
    bar.end();
    const ms = Date.now() - startMs;
    const result = {
      sent,
      known: known < 0 ? null : known,
      seconds: ms / 1000,
      ended: marks && !interrupted,
      interrupted,
    };
    context.result(result, () => {
      const what = `${counted(sent, 'event')} in ${secondsText(ms)} (${numberText((sent * 1000) / Math.max(1, ms))}/s), known until ${timeText(known) ?? 'nothing'}`;
      return interrupted ? `Interrupted after ${what}.` : `Sent ${what}${marks ? '; nothing more comes' : ''}.`;
    });
    if (interrupted) context.exitCode = EXIT_ERROR;
  } finally {
    bar?.end();
    interrupt.release();
    await loader.close();
  }
}

interface Bar {
  at(progress: { sent: number; known: number }): void;
  end(): void;
}

/** Progress by events, or by known time where it ends at one. */
async function loadingBar(
  { io }: Context,
  events: readonly EventDefinition[],
  { from, until, skipped }: { readonly from: string; readonly until: number | undefined; readonly skipped: number },
): Promise<Bar> {
  const { progress } = await import('../ui/progress.js');
  const { countRows } = await import('../count-rows.js');
  const total = until === undefined ? (await countRows(events, from)) - skipped : 0;
  const startMs = Date.now();
  let bar: Progress | null = null;
  let first = 0;
  let ended = false;
  return {
    at({ sent, known }) {
      if (bar === null) {
        first = known;
        bar = progress(io, 'loading', until === undefined ? total : until - first);
      }
      const perSecond = numberText((sent * 1000) / Math.max(1, Date.now() - startMs));
      const done = until === undefined ? sent : known - first + 1;
      bar.at(done, `${numberText(sent)} events, ${perSecond}/s, known ${timeText(known)?.slice(0, 16)}`);
    },
    end() {
      if (!ended) bar?.end();
      ended = true;
    },
  };
}
