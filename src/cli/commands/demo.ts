import type { Log } from '../../log/log.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import { parseRate, parseWhole } from '../ui/format.js';

const DAYS = 365;
/** Of the raw topics: enough that partitions differ, few enough that two cores carry the tasks. */
const PARTITIONS: Readonly<Record<string, number>> = { departures: 2, arrivals: 2, weather: 1 };
/** Brokers delete after they have answered. */
const DELETE_MAX_MS = 30_000;
const POLL_MS = 100;
const IN_MEMORY: readonly string[] = ['in memory'];

interface Options {
  readonly days: number;
  readonly rate?: number;
}

export const register: Register = (program, context) => {
  program
    .command('demo')
    .description('a year of real flights, from event to promoted model to prediction, and computed again')
    .option('--days <n>', 'stream only the first days of the year', parseWhole(1), DAYS)
    .option('--rate <n>', 'events a second; without it, as fast as it goes', parseRate)
    .option('--in-memory', 'on the in-process log, without Kafka')
    .action(async (options: Options & { inMemory?: boolean }) => {
      const { mkdir } = await import('node:fs/promises');
      const { join } = await import('node:path');
      const { schedule } = await import('../../dev/demo/schedule.js');
      const { createLogger } = await import('../../runtime/logger.js');
      const { packageFile } = await import('../version.js');
      const plan = schedule(options.days);
      const definition = await context.topology(packageFile('topology/flights.ts'));
      const settings = context.settings();
      await mkdir(settings.folder, { recursive: true });
      const logFile = settings.logFile ?? join(settings.folder, 'demo.log');
      const logger = createLogger({ ...settings, logFormat: 'json', logFile });
      const connection = options.inMemory ? await inMemory() : await connected(context);
      context.note(`what the pipelines log is in ${logFile}`);
      try {
        await fresh(context, connection.log, definition);
        await demo(context, definition, connection, { plan, rate: options.rate ?? null, logger });
      } finally {
        await connection.close();
      }
    });
};

/** Kafka as set, or a local one; where this machine has no Java, the in-process log. */
async function connected(context: Context): Promise<Connection> {
  const { HeadraceError } = await import('../../error.js');
  const { connect } = await import('../connect.js');
  const settings = context.settings();
  if (settings.brokers !== null) return connect(settings);
  const { up } = await import('../../dev/up.js');
  const { folder, cacheFolder } = settings;
  try {
    const local = await up({ folder, cacheFolder, settings, progress: (line) => context.note(line) });
    context.note(`Kafka at ${local.brokers.join(',')}, schema registry at ${local.registryUrl}`);
    return await connect(settings);
  } catch (cause) {
    const code = cause instanceof HeadraceError ? cause.code : null;
    if (code !== 'JAVA_MISSING' && code !== 'JARS_UNAVAILABLE') throw cause;
    context.note(`No local Kafka (${code}): the demo runs on the in-process log, which forgets everything at its end.`);
    return inMemory();
  }
}

async function inMemory(): Promise<Connection> {
  const { Codec } = await import('../../codec/avro.js');
  const { memoryRegistry } = await import('../../codec/registry.js');
  const { memoryLog } = await import('../../log/memory-log.js');
  const log = memoryLog();
  const registry = memoryRegistry();
  return { log, registry, codec: new Codec(registry), brokers: IN_MEMORY, close: () => log.close() };
}

/** The demo starts from nothing. On brokers that are not its own it deletes nothing that it did not name itself. */
async function fresh(context: Context, log: Log, definition: TopologyDefinition): Promise<void> {
  const { rm } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { HeadraceError } = await import('../../error.js');
  const { stateFolder, brokers } = context.settings();
  const raw = definition.events.map((event) => event.topic);
  const old = (await log.listTopics()).filter(
    (topic) => topic.startsWith(`${definition.name}.`) || raw.includes(topic),
  );
  if (old.length > 0 && brokers !== null) {
    throw new HeadraceError(
      'DEMO_TOPICS_EXIST',
      `the brokers of KAFKA_BROKERS have topics that the demo would write to (${old.slice(0, 3).join(', ')}…): run \`headrace reset\` and delete the raw topics ${raw.join(', ')}, or unset KAFKA_BROKERS`,
      { remedy: 'fix-environment' },
    );
  }
  if (old.length > 0) {
    context.note(`deleting the ${old.length} topics of the demo before, with its models and vectors`);
    await log.deleteTopics(old);
    const until = Date.now() + DELETE_MAX_MS;
    while ((await log.listTopics()).some((topic) => old.includes(topic)) && Date.now() < until) {
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }
  await rm(join(stateFolder, definition.name), { recursive: true, force: true });
  await log.createTopics(
    raw.map((topic) => ({
      topic,
      partitions: PARTITIONS[topic] ?? 1,
      // Retention goes by a record's own time: flights of 2013 would vanish at once.
      config: { 'retention.ms': '-1', 'retention.bytes': '-1' },
    })),
  );
}

async function demo(
  context: Context,
  definition: TopologyDefinition,
  { log, codec, brokers }: Connection,
  {
    plan,
    rate,
    logger,
  }: Pick<import('../../dev/demo/demo.js').DemoOptions, 'rate'> & {
    plan: import('../../dev/demo/schedule.js').Schedule;
    logger: import('../../runtime/ports.js').Logger;
  },
): Promise<void> {
  const { PIPELINES } = await import('../../contract/topics.js');
  const { runDemo } = await import('../../dev/demo/demo.js');
  const { liveDisplay } = await import('../../dev/demo/display.js');
  const { failures, reportText } = await import('../../dev/demo/report.js');
  const { systemClock: clock } = await import('../../runtime/ports.js');
  const { startWorker } = await import('../start-worker.js');
  const { packageFile } = await import('../version.js');
  const settings = context.settings();
  const kept = brokers !== IN_MEMORY;
  const worker = await startWorker(definition, PIPELINES, { log, codec, clock, logger, settings });
  const display = liveDisplay(process.stderr);
  try {
    const report = await runDemo({
      definition,
      schedule: plan,
      rate,
      from: packageFile('data/flights'),
      log,
      codec,
      clock,
      status: () => worker.status(),
      update: (state) => display.update(state),
      say: (line) => display.say(line),
    });
    display.close();
    const { months, verified, ...figures } = report;
    context.result(figures, () => reportText(report, 'topology/flights.ts', kept));
    if (failures(report).length > 0) context.exitCode = EXIT_ERROR;
    if (context.json) for (const line of failures(report)) context.note(`wrong: ${line}`);
  } finally {
    display.close();
    await worker.stop();
  }
}
