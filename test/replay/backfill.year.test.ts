/** How backfill computes the year; whether that is right, `test/topology/sql/group.year.test.ts` asks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { backfill } from '../../src/replay/backfill.js';
import { loadTopology } from '../../src/runtime/load-topology.js';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

test('two weeks have the same bits by one, two and three threads', async () => {
  const definition = await loadTopology(path('topology/flights.ts'));
  const from = mkdtempSync(join(tmpdir(), 'headrace-flights-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const topic of ['departures', 'arrivals', 'weather']) {
    const rows = `SELECT * FROM '${path(`data/flights/${topic}.parquet`)}' WHERE time < ${Date.UTC(2013, 0, 14)}`;
    await connection.run(`COPY (${rows}) TO '${join(from, topic)}.parquet' (FORMAT PARQUET)`);
  }
  connection.closeSync();
  instance.closeSync();
  const vectors: unknown[][] = [];
  for (const threads of [1, 2, 3]) {
    const rows: unknown[] = [];
    for await (const some of backfill({ definition, view: definition.views[0]!, from, threads })) rows.push(...some);
    vectors.push(rows);
  }
  rmSync(from, { recursive: true });
  expect(vectors[0]!.length).toBeGreaterThan(10_000);
  expect(vectors[1]).toStrictEqual(vectors[0]);
  expect(vectors[2]).toStrictEqual(vectors[0]);
});
