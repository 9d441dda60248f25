import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { backfill } from '../../src/replay/backfill.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { viewColumns } from '../../src/topology/fields.js';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** The definitions as SQL (flights.sql), over every departure of the year. */
async function expectedRows(): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  for (const table of ['departures', 'arrivals', 'weather']) {
    await connection.run(`CREATE TABLE ${table} AS FROM '${path(`data/flights/${table}.parquet`)}'`);
  }
  const sql = await readFile(path('test/replay/flights.sql'), 'utf8');
  for (const statement of sql.split(/;\s*\n/)) if (statement.trim() !== '') await connection.run(statement);
  const result = await connection.runAndReadAll('FROM expected ORDER BY time, flight_id');
  const rows = result.getRowObjectsJS() as Record<string, unknown>[];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const STD_RELATIVE = 1e-6;

/** A BIGINT or DOUBLE of SQL as a feature: rounded once to float32. */
const asFeature = (value: unknown) =>
  value === null || typeof value === 'string' ? value : Math.fround(Number(value));

function equal(name: string, computed: unknown, expected: unknown): boolean {
  const wanted = asFeature(expected);
  if (Object.is(computed, wanted)) return true;
  if (!name.includes('_std_') || typeof computed !== 'number' || typeof wanted !== 'number') return false;
  return Math.abs(computed - wanted) <= STD_RELATIVE * Math.abs(wanted);
}

describe('backfill of the flights', () => {
  test('every vector of the year equals the definitions in SQL', async () => {
    const definition = await loadTopology(path('topology/flights.ts'));
    const view = definition.views[0]!;
    const names = viewColumns(definition, view).map((column) => column.name);
    const expected = await expectedRows();
    expect(Object.keys(expected[0]!)).toEqual(expect.arrayContaining(names));
    const wrong: unknown[] = [];
    const present = new Map(names.map((name) => [name, 0]));
    let at = 0;
    for await (const rows of backfill({ definition, view, from: path('data/flights'), threads: 2 })) {
      for (const { id, time, features } of rows) {
        const want = expected[at++]!;
        if (id !== want.flight_id || time !== Number(want.time)) wrong.push({ id, time, want: want.flight_id });
        for (const name of names) {
          if (features[name] !== null) present.set(name, present.get(name)! + 1);
          if (equal(name, features[name], want[name])) continue;
          if (wrong.length < 10) wrong.push({ id, name, computed: features[name], expected: want[name] });
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(at).toBe(336_776);
    // No feature is missing everywhere: equality of nothing with nothing would prove nothing.
    for (const [name, count] of present) expect(count, name).toBeGreaterThan(200_000);
  });

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
});
