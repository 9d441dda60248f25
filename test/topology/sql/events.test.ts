import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventDefinition, TopologyDefinition } from '../../../src/topology/definition.js';
import { type EventFiles, rawSql, sourcesOf } from '../../../src/topology/sql/events.js';
import { Names } from '../../../src/topology/sql/names.js';
import { feature, field, group } from '../../aggregate/support.js';
import { type DuckDb, openDuckDb } from './duckdb.js';

const a: EventDefinition = {
  topic: 'a.b',
  schema: {
    type: 'record',
    name: 'A',
    fields: [
      { name: 'id', type: ['null', 'long'] },
      { name: 'time', type: 'long' },
      { name: 'known', type: 'long' },
      { name: '__key', type: 'string' },
      { name: '__id', type: 'double' },
    ],
  },
  id: ['id', '__key'],
  time: 'time',
  knownAt: { by: 'field', field: 'known', plusMs: 5 },
  marks: true,
};
const reading = {
  ...group([feature({ aggregate: 'sum', event: 'a.b', value: field('__id') })]),
  keys: { 'a.b': '__key' },
};
const definition: TopologyDefinition = {
  name: 'test',
  events: [a],
  groups: [reading],
  views: [{ name: 'view', version: 1, score: 'a.b', groups: ['group'], fields: [] }],
  models: [],
};

let duckDb: DuckDb;
let folder: string;
beforeAll(async () => {
  duckDb = await openDuckDb(1);
  folder = mkdtempSync(join(tmpdir(), 'headrace-sql-'));
});
afterAll(() => {
  duckDb.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, values: string) =>
  duckDb.run(
    `copy (select * from (values ${values}) as v(id, time, known, __key, __id)) to '${join(folder, name)}.parquet'`,
  );

async function raw(files: EventFiles) {
  const [source] = sourcesOf(definition, reading, () => files, new Names());
  const rows = await duckDb.rows(
    `with ${rawSql(source!)} select __id, __time, __known, __key, field__id from "raw_a.b" order by __place`,
  );
  return rows.map((row) => Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}

test('rows are known in their file’s order, each file for itself; names of the query’s own and of fields do not meet', async () => {
  await write('p0', "(1::bigint, 10, 100, 'k|', 0.5::double), (2, 20, 90, 'k\\', 'inf')");
  await write('p1', "(3::bigint, 30, 50, 'k', 1::double), (4, 40, 60, 'k', 2)");
  const path = join(folder, 'p*.parquet');
  expect(await raw({ path, format: 'parquet', isPattern: true })).toEqual([
    ['1|k\\|', 10, 105, 'k|', 0.5],
    ['2|k\\\\', 20, 105, 'k\\', null],
    ['3|k', 30, 55, 'k', 1],
    ['4|k', 40, 65, 'k', 2],
  ]);
});

test('what is no event is not there, and makes nothing later known', async () => {
  await write(
    'some',
    "(1::bigint, 10, 10, 'k', 1::double), (null, 20, 90, 'k', 2), (3, -1, 90, 'k', 3), (4, 40, 40, 'k', 4)",
  );
  const rows = await raw({ path: join(folder, 'some.parquet'), format: 'parquet' });
  expect(rows).toEqual([
    ['1|k', 10, 15, 'k', 1],
    ['4|k', 40, 45, 'k', 4],
  ]);
});

test('timestamps are ms', async () => {
  await write('stamps', "(1::bigint, make_timestamp_ms(10), make_timestamp_ms(20), 'k', 1::double)");
  const files = {
    path: join(folder, 'stamps.parquet'),
    format: 'parquet',
    instants: new Set(['time', 'known']),
  } as const;
  expect(await raw(files)).toEqual([['1|k', 10, 25, 'k', 1]]);
});
