import { Option } from 'commander';
import type { TopicInfo } from '../../log/log.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';

/** A plan is wanted without Kafka too: it does not wait longer than this for an answer. */
const ASK_MAX_MS = 15_000;

interface Options {
  readonly sql?: boolean;
  readonly group?: string;
  readonly from?: string;
}

export const register: Register = (program, context) => {
  program
    .command('plan')
    .description('print what a topology will run: stages, topics, features, models, hashes; nothing is started')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--sql', 'print a group’s features as a query for DuckDB over raw events instead, to check them')
    .addOption(
      new Option('--group <name>', 'of the query: which group; needed where there are several').implies({ sql: true }),
    )
    .addOption(
      new Option(
        '--from <files>',
        'folder with <topic>.parquet or <topic>.ndjson, or a pattern like raw/{topic}/*.parquet, a partition a file; default: where DuckDB runs',
      ).implies({ sql: true }),
    )
    .action(async (path: string, { sql, group, from }: Options) => {
      if (sql === true) {
        const definition = await context.topology(path);
        await printSql(context, definition, { group, from });
        return;
      }
      const { planOf } = await import('../plan/plan.js');
      const { planText } = await import('../plan/text.js');
      const definition = await context.topology(path);
      const plan = planOf(definition, await askBrokers(context, definition));
      context.result(plan, () => planText(plan, context.io.columns));
    });
};

async function printSql(
  context: Context,
  definition: TopologyDefinition,
  options: { readonly group: string | undefined; readonly from: string | undefined },
): Promise<void> {
  const { groupSql } = await import('../../topology/sql/group.js');
  const { groupOf } = await import('../group-of.js');
  const { eventFiles } = await import('../plan/sql-files.js');
  const group = groupOf(definition, options.group);
  const read = definition.events.filter(({ topic }) => Object.hasOwn(group.keys, topic));
  const files = await eventFiles(read, options.from);
  const sql = groupSql(definition, group, ({ topic }) => files.get(topic)!);
  context.result({ group: group.name, version: group.version, sql }, () => sql.trimEnd());
}

/** What the brokers have of the topology's topics, or why they could not be asked. */
async function askBrokers(context: Context, definition: TopologyDefinition) {
  const { withConnection } = await import('../with-connection.js');
  const { within } = await import('../../log/within.js');
  const asked = withConnection(context, (connection) => topicsOf(connection, definition)).catch((cause) => {
    const { code, message } = cause as { code?: string; message: string };
    return { unasked: code === undefined ? message : `${code}: ${message}` };
  });
  return within<Awaited<typeof asked>>(ASK_MAX_MS, asked, () => ({ unasked: `no answer in ${ASK_MAX_MS} ms` }));
}

async function topicsOf({ log }: Connection, definition: TopologyDefinition): Promise<Map<string, TopicInfo>> {
  const { ownTopics } = await import('../../contract/topics.js');
  const existing = new Set(await log.listTopics());
  const names = [...definition.events, ...ownTopics(definition, {})].map(({ topic }) => topic);
  const infos = await Promise.all(names.filter((name) => existing.has(name)).map((name) => log.describeTopic(name)));
  return new Map(infos.filter((info) => info !== null).map((info) => [info.topic, info]));
}
