/**
 * Rows to a Parquet file, by DuckDB.
 * Method: columns are filled 2,048 rows at a time and appended as data chunks; one thread, so equal rows give an equal file;
 * written beside and renamed.
 */
import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import {
  BIGINT,
  BOOLEAN,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { HeadraceError } from '../error.js';
import { quoted, text } from '../topology/sql/names.js';

const TYPES = { BIGINT, BOOLEAN, FLOAT, INTEGER, VARCHAR };

export interface FileColumn<Row> {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  /** BIGINT takes a bigint; null is a missing value. */
  readonly value: (row: Row) => DuckDBValue;
}

/** DuckDB's own size of a chunk. */
const CHUNK_ROWS = 2048;

/** @returns the number of rows written. Error: `FILE_NOT_WRITTEN`, naming the file; those of the rows' source as they are */
export async function writeParquet<Row>(
  file: string,
  columns: readonly FileColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const beside = `${file}.${randomUUID()}.part`;
  try {
    const table = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ');
    await connection.run(`create table part (${table})`);
    const appender = await connection.createAppender('part');
    const types = columns.map(({ type }) => TYPES[type]);
    let held: Row[] = [];
    let written = 0;
    const append = () => {
      const chunk = DuckDBDataChunk.create(types, held.length);
      columns.forEach(({ value }, index) => {
        chunk.setColumnValues(index, held.map(value));
      });
      appender.appendDataChunk(chunk);
      written += held.length;
      held = [];
    };
    for await (const row of rows) if (held.push(row) === CHUNK_ROWS) append();
    if (held.length > 0) append();
    appender.closeSync();
    try {
      await connection.run(`copy part to ${text(beside)} (format parquet, compression zstd)`);
      await rename(beside, file);
    } catch (cause) {
      throw new HeadraceError('FILE_NOT_WRITTEN', `cannot write ${file}: ${(cause as Error).message}`, {
        remedy: 'fix-environment',
        cause,
        file,
      });
    }
    return written;
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(beside, { force: true });
  }
}
