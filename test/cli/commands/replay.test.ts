import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { headrace } = memoryBrokers();
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

test('backfill warns of a file that is not in known order, and says by how many threads it computed', async () => {
  const lines = readFileSync(join(rides.data, 'tips.ndjson'), 'utf8').trimEnd().split('\n');
  const from = mkdtempSync(join(rides.folder, 'unsorted-'));
  copyFileSync(join(rides.data, 'rides.ndjson'), join(from, 'rides.ndjson'));
  writeFileSync(join(from, 'tips.ndjson'), [...lines.slice(2), ...lines.slice(0, 2)].join('\n'));
  const out = join(from, 'vectors.parquet');
  const run = (threads: string) =>
    headrace(['--json', 'replay', 'backfill', rides.topology, '--from', from, '--out', out, '--threads', threads]);
  const { code, stdout, stderr } = await run('1');
  expect(code, stderr).toBe(0);
  const file = join(from, 'tips.ndjson');
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 60,
    threads: 1,
    unsorted: [{ topic: 'tips', file, rows: 2, firstRow: 47 }],
  });
  expect(stderr).toContain(
    `warning: ${file} is not in the order in which its events were known: 2 rows of tips, the first of them row 47, came after one known later. `,
  );
  for (const threads of ['0', '17']) {
    const wrong = await run(threads);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('Give a whole number from 1 to 16.');
  }
});

test('verify of nothing is code 1 and says so', async () => {
  const { code, stderr } = await headrace(['replay', 'verify', rides.topology]);
  expect(code).toBe(1);
  expect(stderr).toContain('nothing was served yet');
});
