/** DuckDB's window functions over the same files; what is measured is the query, not the load. */
import { DuckDBInstance } from '@duckdb/node-api';
import { cpuSeconds } from '../cpu.js';
import { FLIGHTS_FOLDER } from '../flights-rows.js';

const WINDOWS = ['1 HOUR', '3 HOUR', '24 HOUR'];

export interface DuckDbTimes {
  readonly cpuSeconds: number;
  readonly seconds: number;
  /** Of the counts over the longest window: it must be everybody's. */
  readonly countSum: number;
}

/** @param threads null: DuckDB's default. @param rowsMax of each file */
export async function duckDb(threads: number | null, rowsMax: number): Promise<DuckDbTimes> {
  const instance = await DuckDBInstance.create(':memory:', threads === null ? {} : { threads: String(threads) });
  const connection = await instance.connect();
  const limit = Number.isFinite(rowsMax) ? `LIMIT ${rowsMax}` : '';
  const file = (topic: string) => `(SELECT * FROM '${FLIGHTS_FOLDER}/${topic}.parquet' ${limit})`;
  await connection.run(`CREATE TABLE delays AS
    SELECT origin, epoch_ms(CAST(time AS BIGINT)) AS t, NULL::DOUBLE AS delay FROM ${file('departures')}
    UNION ALL SELECT origin, epoch_ms(CAST(time AS BIGINT)), arr_delay::DOUBLE FROM ${file('arrivals')}`);
  const columns = WINDOWS.flatMap((_, w) =>
    ['count', 'avg', 'stddev_pop'].map((f) => `${f}(delay) OVER w${w} AS ${f}_${w}`),
  );
  const windows = WINDOWS.map(
    (length, w) => `w${w} AS (PARTITION BY origin ORDER BY t
      RANGE BETWEEN INTERVAL ${length} PRECEDING AND INTERVAL 1 MILLISECOND PRECEDING)`,
  );
  const before = cpuSeconds();
  const startedAt = performance.now();
  await connection.run(`CREATE TABLE answers AS SELECT * FROM
    (SELECT delay, ${columns.join(', ')} FROM delays WINDOW ${windows.join(', ')}) WHERE delay IS NULL`);
  const times = { cpuSeconds: cpuSeconds() - before, seconds: (performance.now() - startedAt) / 1000 };
  const sum = await connection.runAndReadAll(`SELECT sum(count_${WINDOWS.length - 1}) FROM answers`);
  connection.closeSync();
  instance.closeSync();
  return { ...times, countSum: Number(sum.getRows()[0]![0]) };
}
