/** Runs queries as a data scientist would: on DuckDB, with nothing of Headrace in it. */
import { DuckDBInstance } from '@duckdb/node-api';

export type Answer = Record<string, unknown>;

export interface DuckDb {
  rows(sql: string): Promise<Answer[]>;
  run(sql: string): Promise<void>;
  close(): void;
}

export async function openDuckDb(threads = 2): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  return {
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Answer[],
    run: async (sql) => {
      await connection.run(sql);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
