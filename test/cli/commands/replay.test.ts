import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test, vi } from 'vitest';
import { ridesFolder } from '../rides.js';
import { headrace } from '../support.js';

vi.mock('../../../src/cli/connect.js', () => import('../memory.js'));
const rides = ridesFolder();
afterAll(() => rides.remove());

async function rowsOf(file: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(`SELECT * FROM '${file}' ORDER BY time`)).getRowObjectsJson();
}

test('backfill writes one flat row a scored event: id and time by their names, then the view’s columns', async () => {
  const out = join(rides.folder, 'vectors.parquet');
  const { code, stdout, stderr } = await headrace([
    'replay',
    'backfill',
    rides.topology,
    '--from',
    rides.data,
    '--out',
    out,
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^Wrote 60 vectors of view fares to .*vectors\.parquet in .* rows\/s\)\.$/m);
  expect(stderr).toContain('computing 100%');
  const rows = await rowsOf(out);
  expect(Object.keys(rows[0]!)).toEqual(['ride_id', 'time', 'rides_1h', 'tips_mean', 'tip_last', 'distance', 'driver']);
  expect(rows[0]).toMatchObject({ ride_id: 0, rides_1h: 1, tips_mean: null, distance: 1, driver: 'd0' });
  // Driver d1 has had rides 1 and 4, and a tip of each: 0.125 of ride 1, none (null) of ride 4.
  expect(rows[7]).toMatchObject({ ride_id: 7, rides_1h: 3, tips_mean: 0.125, tip_last: 0.125, driver: 'd1' });
  expect(rows).toHaveLength(60);
});

test('backfill says what is missing, and leaves no file', async () => {
  const out = join(rides.folder, 'none.parquet');
  const missing = await headrace(['replay', 'backfill', rides.topology, '--from', '/nowhere', '--out', out]);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toContain('FILE_NOT_FOUND');
  const view = await headrace([
    'replay',
    'backfill',
    rides.topology,
    '--from',
    rides.data,
    '--out',
    out,
    '--view',
    'x',
  ]);
  expect(view.stderr).toContain('VIEW_UNKNOWN: taxi has no view x; it has fares');
  expect(existsSync(out)).toBe(false);
});

test('verify of nothing is code 1 and says so', async () => {
  const { code, stderr } = await headrace(['replay', 'verify', rides.topology]);
  expect(code).toBe(1);
  expect(stderr).toContain('nothing was served yet');
});
