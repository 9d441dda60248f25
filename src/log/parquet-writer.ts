/**
 * Writes rows to one Parquet file through DuckDB, in chunks, and puts it in place when it is whole.
 * Errors: `FILE_NOT_WRITTEN`, naming the file.
 */
import { rename, rm } from 'node:fs/promises';
import {
  BIGINT,
  BOOLEAN,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { HeadraceError } from '../error.js';

const TYPES = { float: FLOAT, string: VARCHAR, long: BIGINT, int: INTEGER, boolean: BOOLEAN } as const;
export type ColumnType = keyof typeof TYPES;
export interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
}
export type ParquetValue = number | string | boolean | null;

/** DuckDB's vector size: a chunk holds no more. */
const CHUNK_ROWS = 2048;

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

export class ParquetWriter {
  readonly #path: string;
  readonly #columns: readonly ParquetColumn[];
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;
  readonly #types: DuckDBType[];
  #values: DuckDBValue[][];
  #rows = 0;

  private constructor(
    path: string,
    columns: readonly ParquetColumn[],
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appender: DuckDBAppender,
  ) {
    this.#path = path;
    this.#columns = columns;
    this.#instance = instance;
    this.#connection = connection;
    this.#appender = appender;
    this.#types = columns.map((column) => TYPES[column.type]);
    this.#values = columns.map(() => []);
  }

  static async open(path: string, columns: readonly ParquetColumn[]): Promise<ParquetWriter> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const list = columns.map(({ name, type }) => `${identifier(name)} ${TYPES[type].toString()}`);
    await connection.run(`CREATE TABLE rows (${list.join(', ')})`);
    return new ParquetWriter(path, columns, instance, connection, await connection.createAppender('rows'));
  }

  get rows(): number {
    return this.#rows;
  }

  /** @param values one per column, in order; longs as numbers */
  append(values: readonly ParquetValue[]): void {
    for (let c = 0; c < this.#columns.length; c++) {
      const value = values[c] ?? null;
      this.#values[c]!.push(this.#columns[c]!.type === 'long' && value !== null ? BigInt(value as number) : value);
    }
    this.#rows++;
    if (this.#values[0]!.length >= CHUNK_ROWS) this.#flush();
  }

  #flush(): void {
    if (this.#values[0]!.length === 0) return;
    const chunk = DuckDBDataChunk.create(this.#types, this.#values[0]!.length);
    chunk.setColumns(this.#values);
    this.#appender.appendDataChunk(chunk);
    this.#values = this.#columns.map(() => []);
  }

  /** Writes the file and gives everything back. */
  async close(): Promise<void> {
    const unfinished = `${this.#path}.tmp`;
    try {
      this.#flush();
      this.#appender.closeSync();
      await this.#connection.run(`COPY rows TO ${literal(unfinished)} (FORMAT parquet, COMPRESSION zstd)`);
      await rename(unfinished, this.#path);
    } catch (cause) {
      await rm(unfinished, { force: true });
      throw new HeadraceError('FILE_NOT_WRITTEN', `cannot write ${this.#path}: ${(cause as Error).message}`, {
        remedy: 'fix-environment',
        cause,
      });
    } finally {
      this.#connection.closeSync();
      this.#instance.closeSync();
    }
  }
}
