import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventFiles } from '../../../src/cli/plan/sql-files.js';
import { definition } from '../../aggregate/support.js';
import { openDuckDb } from '../../topology/sql/duckdb.js';

const [a] = definition.events;
const filesOf = async (from?: string) => (await eventFiles([a!], from)).get('a');
const folder = mkdtempSync(join(tmpdir(), 'headrace-sql-[files]-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('without a place they are where DuckDB runs; a pattern has several files a topic, wherever they are', async () => {
  expect(await filesOf()).toEqual({ path: 'a.parquet', format: 'parquet' });
  const pattern = await filesOf('elsewhere/{topic}/*.ndjson');
  expect(pattern).toEqual({ path: 'elsewhere/a/*.ndjson', isPattern: true, format: 'ndjson' });
  expect(await filesOf('{topic}-{topic}.parquet')).toMatchObject({ path: 'a-a.parquet', isPattern: false });
});

test('a folder is looked into: which columns are timestamps', async () => {
  const duckDb = await openDuckDb(1);
  const path = join(folder, 'a.parquet');
  await duckDb.run(`copy (select 1 as id, now() as known, timestamp_ns '2024-01-01' as time) to '${path}'`);
  duckDb.close();
  const instants = new Set(['known', 'time']);
  expect(await filesOf(folder)).toEqual({ path, isPattern: false, format: 'parquet', instants });
  writeFileSync(join(folder, 'bad-a.parquet'), 'no Parquet');
  await expect(filesOf(join(folder.replaceAll('[', '[[]'), 'bad-{topic}.parquet'))).rejects.toMatchObject({
    code: 'FILE_MALFORMED',
  });
});

test('several events do not come from one file', async () => {
  const file = join(folder, 'both.ndjson');
  writeFileSync(file, '');
  expect(await filesOf(file)).toMatchObject({ path: file });
  await expect(eventFiles(definition.events, file)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: `${file} would be read for a and for b: give a folder, or a path with {topic}`,
  });
});

test.each([
  ['/nowhere', '/nowhere does not exist'],
  ['{topic}.csv', 'a.csv is neither .parquet nor .ndjson'],
])('nothing comes from %s', async (from, message) => {
  await expect(filesOf(from)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining(message),
  });
});
