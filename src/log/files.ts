/**
 * Events from files, for `load` and `replay backfill`: `<topic>.parquet` or `<topic>.ndjson`, one row or line an event.
 * Goal: the rows are what a topic would have brought, value by value (a float is rounded, a long is a number), in the order of the
 * file. Nothing is guessed: a column that is absent, or a value that its field cannot hold, stops with its place.
 * Errors: `FILE_NOT_FOUND`; `FILE_MALFORMED`, naming file and column, row or line.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HeadraceError } from '../error.js';
import type { EventDefinition } from '../topology/definition.js';
import { fieldType } from '../topology/field-type.js';
import { readNdjson } from './files/ndjson.js';
import { readParquet } from './files/parquet.js';
import { type FileField, malformed, type Row } from './files/row.js';

export type { Row } from './files/row.js';

/**
 * @param folderOrFile a folder with `<topic>.parquet` or, failing that, `<topic>.ndjson`; or a file with one of these endings
 * @param wanted the fields that a row brings; all, unless told. The others are checked alike
 * @returns batches of at most a few thousand rows
 */
export async function* readEvents(
  event: EventDefinition,
  folderOrFile: string,
  wanted: ReadonlySet<string> | null = null,
): AsyncGenerator<Row[]> {
  const file = fileOf(event, folderOrFile);
  const fields = event.schema.fields.map(
    ({ name }): FileField => ({ name, isWanted: wanted?.has(name) ?? true, ...fieldType(event.schema, name)! }),
  );
  const strange = fields.find((field) => field.kind === 'unsupported');
  if (strange !== undefined) {
    throw malformed(file, `field ${strange.name} of event ${event.topic} has a type that no file can bring`, {
      column: strange.name,
    });
  }
  yield* file.endsWith('.parquet') ? readParquet(file, fields) : readNdjson(file, fields);
}

const ENDINGS = ['.parquet', '.ndjson'];

/** The file of an event: a folder's `<topic>.parquet` or `<topic>.ndjson`, or the file itself. */
export function fileOf(event: EventDefinition, path: string): string {
  const notFound = (message: string) =>
    new HeadraceError('FILE_NOT_FOUND', message, { remedy: 'fix-input', topic: event.topic, path });
  if (!existsSync(path)) throw notFound(`${path} does not exist; give a folder with ${event.topic}.parquet, or a file`);
  if (statSync(path).isDirectory()) {
    const found = ENDINGS.map((ending) => join(path, `${event.topic}${ending}`)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    throw notFound(`folder ${path} has neither ${event.topic}.parquet nor ${event.topic}.ndjson: add one of them`);
  }
  if (ENDINGS.some((ending) => path.endsWith(ending))) return path;
  throw notFound(`${path} is neither .parquet nor .ndjson: convert it, or give it its right ending`);
}
