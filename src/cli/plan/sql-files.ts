/**
 * Where the query of `plan --sql` finds raw events: by `--from`, as `replay backfill` does, or by a pattern of several files a topic.
 * Method: what is there of Parquet is asked which of its columns are timestamps; files that are elsewhere are taken to hold ms.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { HeadraceError } from '../../error.js';
import { fileOf } from '../../log/files.js';
import type { EventDefinition } from '../../topology/definition.js';
import type { EventFiles } from '../../topology/sql/events.js';
import { text } from '../../topology/sql/names.js';

const TOPIC = '{topic}';

/**
 * @param from a folder with `<topic>.parquet` or `<topic>.ndjson`, or a path or pattern with `{topic}` in it; absent: `<topic>.parquet` where
 * DuckDB runs
 * @returns by topic. Errors: `FILE_NOT_FOUND`, `FILE_MALFORMED`
 */
export async function eventFiles(
  events: readonly EventDefinition[],
  from: string | undefined,
): Promise<ReadonlyMap<string, EventFiles>> {
  const files = new Map(events.map((event) => [event.topic, filesOf(event, from)]));
  const [first, second] = events;
  if (second !== undefined && files.get(first!.topic)!.path === files.get(second.topic)!.path) {
    throw new HeadraceError(
      'FILE_NOT_FOUND',
      `${from} would be read for ${first!.topic} and for ${second.topic}: give a folder, or a path with ${TOPIC}`,
      { remedy: 'fix-input', topic: second.topic, path: from },
    );
  }
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const [topic, given] of files) {
      if (given.format !== 'parquet') continue;
      const { path, isPattern } = given;
      const pattern = text(isPattern ? path : path.replaceAll(/[*?[]/g, (special) => `[${special}]`));
      const found = await connection.runAndReadAll(`select count(*) from glob(${pattern})`);
      if (Number(found.getRows()[0]![0]) === 0) continue;
      const columns = await connection.runAndReadAll(`describe select * from read_parquet(${pattern})`);
      const instants = columns.getRows().filter(([, type]) => String(type).startsWith('TIMESTAMP'));
      files.set(topic, { ...given, instants: new Set(instants.map(([name]) => String(name))) });
    }
  } catch (cause) {
    throw new HeadraceError(
      'FILE_MALFORMED',
      `${from ?? '.'}: it cannot be read as Parquet: ${(cause as Error).message}`,
      {
        remedy: 'fix-input',
        cause,
      },
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return files;
}

function filesOf(event: EventDefinition, from: string | undefined): EventFiles {
  if (from === undefined) return { path: `${event.topic}.parquet`, format: 'parquet' };
  const path = from.includes(TOPIC) ? from.replaceAll(TOPIC, event.topic) : fileOf(event, from);
  const isPattern = from.includes(TOPIC) && /[*?[]/.test(path);
  if (path.endsWith('.parquet')) return { path, isPattern, format: 'parquet' };
  if (path.endsWith('.ndjson')) return { path, isPattern, format: 'ndjson' };
  throw new HeadraceError('FILE_NOT_FOUND', `${path} is neither .parquet nor .ndjson: give it its right ending`, {
    remedy: 'fix-input',
    topic: event.topic,
    path,
  });
}
