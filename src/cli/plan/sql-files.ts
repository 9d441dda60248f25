/** Where the query of `plan --sql` finds raw events: by `--from`, as `replay backfill` does, or by a pattern of several files a topic. */
import { HeadraceError } from '../../error.js';
import { fileOf } from '../../log/files.js';
import type { EventDefinition } from '../../topology/definition.js';
import type { EventFiles } from '../../topology/sql/events.js';

const TOPIC = '{topic}';

/**
 * @param from a folder with `<topic>.parquet` or `<topic>.ndjson`, or a path or pattern with `{topic}` in it; absent: `<topic>.parquet` where
 * DuckDB runs
 * Error: `FILE_NOT_FOUND`
 */
export const eventFiles =
  (from: string | undefined) =>
  (event: EventDefinition): EventFiles => {
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
  };
