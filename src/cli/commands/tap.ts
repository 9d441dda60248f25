import { InvalidArgumentError } from 'commander';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';
import type { From } from '../tap/read.js';
import { parseWhole } from '../ui/format.js';

/** Topics that are named where one is not found. */
const SIMILAR_MAX = 8;

interface Options {
  readonly from: From;
  readonly partition?: number;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly frames?: boolean;
}

export const register: Register = (program, context) => {
  program
    .command('tap')
    .description(
      'print any topic as rows, one JSON object a line: frames unrolled, Avro decoded, bytes as text or base64',
    )
    .argument('<topic>', 'its name, e.g. flights.vectors.delays.v1')
    .option(
      '--from <place>',
      'start, end, an offset, or -n: n records before the end of each partition',
      parseFrom,
      'start',
    )
    .option('--partition <p>', 'only this one', parseWhole(0))
    .option('--limit <n>', 'how many rows', parseWhole(1))
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--frames', 'print frames as they are, marks without rows too')
    .action(async (topic: string, options: Options) => {
      const { withConnection } = await import('../with-connection.js');
      await withConnection(context, (connection) => tap(context, connection, topic, options));
    });
};

async function tap(context: Context, connection: Connection, topic: string, options: Options): Promise<void> {
  const { readTopic } = await import('../tap/read.js');
  const { rowsOf } = await import('../tap/rows.js');
  const { Values } = await import('../tap/show.js');
  const { onInterrupt } = await import('../ui/interrupt.js');
  const { log, codec, registry } = connection;
  const partitions = await partitionsOf(connection, topic, options.partition);
  const values = new Values(codec, registry);
  const interrupt = onInterrupt();
  const { from, limit = Number.POSITIVE_INFINITY, follow = false, frames = false } = options;
  let left = limit;
  let printed = 0;
  try {
    for await (const fetched of readTopic(log, { topic, partitions, from, follow, signal: interrupt.signal })) {
      for (const record of fetched.records) {
        const rows = rowsOf(fetched, record, await values.show(record.value), frames).slice(0, left);
        left -= rows.length;
        printed += rows.length;
        if (rows.length > 0) context.io.stdout(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
        if (left <= 0) return;
      }
    }
    if (printed === 0 && !follow) context.note(nothingText(topic, from));
  } finally {
    interrupt.release();
  }
}

/** Said on standard error, so that nothing looks like a failure. */
function nothingText(topic: string, from: From): string {
  const what = from === 'start' ? `${topic} has no rows yet` : `${topic} has no rows from there on`;
  return /^[^.]+\.predictions\./.test(topic)
    ? `${what}: what comes after the first promotion is predicted, what came before has vectors only`
    : what;
}

async function partitionsOf({ log }: Connection, topic: string, only: number | undefined): Promise<number[]> {
  const { HeadraceError } = await import('../../error.js');
  const info = await log.describeTopic(topic);
  if (info === null) {
    const all = await log.listTopics();
    const similar = all.filter((name) => name.includes(topic) || topic.split('.').every((part) => name.includes(part)));
    const shown = (similar.length > 0 ? similar : all).filter((name) => !name.startsWith('__')).sort();
    const more = shown.length > SIMILAR_MAX ? ', …' : '';
    const there = shown.length > 0 ? `there is ${shown.slice(0, SIMILAR_MAX).join(', ')}${more}` : 'there is none';
    throw new HeadraceError('TOPIC_UNKNOWN', `no topic ${topic}; ${there}`, { remedy: 'fix-input', topic });
  }
  if (only === undefined) return Array.from({ length: info.partitions }, (_, partition) => partition);
  if (only < info.partitions) return [only];
  throw new HeadraceError('PARTITION_UNKNOWN', `${topic} has partitions 0 to ${info.partitions - 1}, not ${only}`, {
    remedy: 'fix-input',
    topic,
    partition: only,
  });
}

function parseFrom(text: string): From {
  if (text === 'start' || text === 'end') return text;
  if (/^\d{1,15}$/.test(text)) return { offset: Number(text) };
  if (/^-\d{1,15}$/.test(text)) return { back: -Number(text) };
  throw new InvalidArgumentError('Give start, end, an offset, or -n.');
}
