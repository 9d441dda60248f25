import type { EntityAnswer, TopAnswer } from '../../contract/state-answers.js';
import type { Context, Register } from '../context.js';
import { counted, numberText, parseTime, parseWhole, timeText } from '../ui/format.js';
import { table } from '../ui/table.js';

const TOP_DEFAULT = 10;

interface Options {
  readonly topology?: string;
}

export const register: Register = (program, context) => {
  const state = program.command('state').description('look into the state of a running topology’s groups');
  const topology = ['--topology <file>', 'where workers of several topologies run here'] as const;
  state
    .command('get')
    .description('show an entity’s features as of a time, with the position as of which they hold')
    .argument('<group>', 'its name, e.g. origin')
    .argument('<key>', 'the entity, as its key field has it')
    .option('--at <time>', 'event time; without it, the greatest known time', parseTime)
    .option(...topology)
    .action(async (group: string, key: string, options: Options & { at?: number }) => {
      const { entityUrl } = await import('../../console/question.js');
      const answer = await ask<EntityAnswer>(context, options, entityUrl(group, key, options.at ?? null));
      context.result(answer, () => entityText(answer, context.io.columns));
    });
  state
    .command('top')
    .description('show the largest and the hottest keys of a group')
    .argument('<group>', 'its name, e.g. origin')
    .option('--n <n>', 'how many of each', parseWhole(1), TOP_DEFAULT)
    .option(...topology)
    .action(async (group: string, options: Options & { n: number }) => {
      const { topUrl } = await import('../../console/question.js');
      const answer = await ask<TopAnswer>(context, options, topUrl(group, options.n));
      context.result(answer, () => topText(answer, context.io.columns));
      for (const { message } of answer.missing) context.note(`Not asked: ${message}`);
    });
};

async function ask<T>(context: Context, { topology: path }: Options, url: string): Promise<T> {
  const { askState } = await import('../ask-state.js');
  const topology = path === undefined ? null : (await context.topology(path)).name;
  return askState<T>(context.settings().folder, topology, url);
}

function entityText(answer: EntityAnswer, columns: number | null): string {
  const { group, version, key, at_ms: at, found, features, as_of: asOf } = answer;
  const title = `${group} v${version}, ${shown(key)}${at === null ? '' : `, at ${timeText(at)}`}`;
  const values = Object.entries(features).map(([name, value]) => [name, value === null ? null : String(value)]);
  const raw = asOf.frontier.map(({ topic, partition, next_offset }) => `${topic}/${partition} ${next_offset}`);
  const lines = [
    `${title}${found ? '' : ': nothing is held of it; the features of an entity without events'}`,
    table(['feature', 'value'], values, { columns }),
    `As of ${asOf.inbox}/${asOf.partition}, next offset ${asOf.next_offset}, known ${timeText(asOf.known_ms) ?? 'nothing'}`,
    `  next raw offsets: ${raw.join(', ') || 'none'}`,
  ];
  return lines.join('\n');
}

function topText(answer: TopAnswer, columns: number | null): string {
  const { group, version, keys, records, bytes, rows, largest, hottest, partitions } = answer;
  const large = largest.map((one) => [shown(one.key), numberText(one.bytes), numberText(one.records), one.partition]);
  const hot = hottest.map((one) => [shown(one.key), rowsText(one.rows, one.rows_at_most), one.partition]);
  const asOf = partitions.map(({ partition, checkpoint_next_offset: next }) => `${partition}: ${next ?? 'none'}`);
  return [
    `${group} v${version}: ${counted(keys, 'key')} in ${counted(records, 'record')} of ${numberText(bytes)} bytes`,
    `  as of the last checkpoints (next inbox offset by partition): ${asOf.join(', ')}`,
    '',
    table(['largest', 'bytes', 'records', 'partition'], large, { columns, right: [1, 2, 3] }),
    '',
    `${counted(rows, 'row')} since the tasks opened`,
    '',
    table(['hottest', 'rows', 'partition'], hot, { columns, right: [1, 2] }),
  ].join('\n');
}

/** Keys are anybody's text: empty ones and control characters are shown as JSON has them. */
const shown = (key: string) => (key === '' || /[\p{C}\s"]/u.test(key) ? JSON.stringify(key) : key);

const rowsText = (least: number, most: number) =>
  least === most ? numberText(least) : `${numberText(least)} to ${numberText(most)}`;
