import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Row, readEvents } from '../../src/log/files.js';
import type { EventDefinition } from '../../src/topology/definition.js';
import flights from '../../topology/flights.js';

const DATA = fileURLToPath(new URL('../../data/flights', import.meta.url));
// Brackets, since DuckDB would take them for a pattern.
const folder = join(mkdtempSync(join(tmpdir(), 'headrace-files-')), "it's [1]");
mkdirSync(folder);

const eventOf = (topic: string) => flights.definition.events.find((event) => event.topic === topic)!;
const fields = [
  { name: 'id', type: 'string' },
  { name: 'at', type: 'long' },
  { name: 'small', type: 'int' },
  { name: 'ratio', type: ['null', 'float'] },
  { name: 'exact', type: ['null', 'double'] },
  { name: 'ok', type: ['boolean', 'null'] },
  { name: 'way', type: { type: 'enum', name: 'Way', symbols: ['post', 'van'] } },
];
const event = (topic: string): EventDefinition => ({
  topic,
  schema: { type: 'record', name: 'Order', fields },
  id: ['id'],
  time: 'at',
  knownAt: { by: 'field', field: 'at', plusMs: 0 },
  marks: false,
});

async function rowsOf(definition: EventDefinition, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readEvents(definition, path)) rows.push(...batch);
  return rows;
}
const failureOf = (definition: EventDefinition, path: string) =>
  rowsOf(definition, path).then(
    () => null,
    (error) => error,
  );

const GOOD: Row[] = [
  { id: 'a', at: 1_357_035_300_000, small: -3, ratio: Math.fround(0.1), exact: 0.1, ok: true, way: 'post' },
  { id: 'b', at: -1, small: 2_147_483_647, ratio: null, exact: null, ok: null, way: 'van' },
];

/** Writes a Parquet file of SELECT expressions, one list per row. */
async function parquet(name: string, ...rows: string[]): Promise<string> {
  const path = join(folder, name);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const select = rows.map((row) => `SELECT ${row}`).join(' UNION ALL ');
  await connection.run(`COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
  connection.closeSync();
  return path;
}
const ROW =
  "'a' AS id, 1357035300000 AS at, (-3)::INTEGER AS small, 0.1 AS ratio, 0.1::DOUBLE AS exact, true AS ok, 'post' AS way";
const NULLS = "'b', -1, 2147483647::INTEGER, NULL, NULL, NULL, 'van'";

function ndjson(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

describe('the flights', () => {
  test('are read whole, in order, in seconds', async () => {
    const began = performance.now();
    const counts: Record<string, number> = {};
    let last = Number.NEGATIVE_INFINITY;
    for (const topic of ['departures', 'arrivals', 'weather']) {
      counts[topic] = 0;
      last = Number.NEGATIVE_INFINITY;
      for await (const batch of readEvents(eventOf(topic), DATA)) {
        counts[topic] += batch.length;
        for (const row of batch) {
          if ((row.time as number) < last) throw new Error(`out of order at ${String(row.time)}`);
          last = row.time as number;
        }
      }
    }
    expect(counts).toEqual({ departures: 336_776, arrivals: 327_346, weather: 26_115 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('come with every field of the schema, numbers as numbers', async () => {
    const batches = readEvents(eventOf('departures'), join(DATA, 'departures.parquet'));
    const { value } = await batches.next();
    await batches.return(undefined); // a reader may stop early
    expect(value![0]).toEqual({
      flight_id: '20130101-EWR-UA1545',
      time: 1_357_035_300_000,
      tailnum: 'N14228',
      carrier: 'UA',
      flight: 1545,
      origin: 'EWR',
      dest: 'IAH',
      distance: 1400,
      scheduled_arrival: 1_357_049_940_000,
    });
  });
});

describe('Parquet', () => {
  beforeAll(async () => {
    await parquet('orders.parquet', ROW, NULLS);
  });

  test('gives each field what its topic would have brought', async () => {
    expect(await rowsOf(event('orders'), folder)).toEqual(GOOD);
  });

  test('reads instants as milliseconds', async () => {
    const path = await parquet('instants.parquet', ROW.replace('1357035300000', "TIMESTAMP '2013-01-01 10:15:00'"));
    expect((await rowsOf(event('x'), path))[0]!.at).toBe(1_357_035_300_000);
  });

  test.each([
    ['a missing column', [ROW.replace('AS ok', 'AS okay')], { column: 'ok' }, 'column ok is missing; it has id, at'],
    ['a column of another type', [ROW.replace("'a' AS id", '7 AS id')], { column: 'id' }, 'column id is INTEGER'],
    ['a null where none may be', [ROW, NULLS.replace("'b'", 'NULL')], { column: 'id', row: 2 }, 'null in row 2'],
    ['a bigint for an int', [ROW.replace('INTEGER', 'BIGINT')], { column: 'small' }, 'column small is BIGINT'],
  ])('names %s', async (_, rows, details, message) => {
    const path = await parquet('wrong.parquet', ...rows);
    const error = await failureOf(event('x'), path);
    expect(error).toMatchObject({ code: 'FILE_MALFORMED', remedy: 'fix-input', details });
    expect(error.message).toContain(message);
    expect(error.message).toContain('wrong.parquet');
  });

  test('names a file that is no Parquet', async () => {
    expect(await failureOf(event('x'), ndjson('text.parquet', 'hello'))).toMatchObject({ code: 'FILE_MALFORMED' });
  });
});

describe('NDJSON', () => {
  const line = JSON.stringify({ ...GOOD[0], ratio: 0.1 });

  test('gives the same rows as Parquet; unknown keys and empty lines are skipped, absent nulls are null', async () => {
    const path = ndjson('lines.ndjson', line, '', '{"id":"b","at":-1,"small":2147483647,"way":"van","more":[1]}', '');
    expect(await rowsOf(event('x'), path)).toEqual(GOOD);
  });

  test('stands in where a folder has no Parquet, in batches, to the last line', async () => {
    ndjson('many.ndjson', ...Array.from({ length: 5000 }, (_, i) => line.replace('"a"', `"${i}"`)));
    const rows = await rowsOf(event('many'), folder);
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
  });

  test.each([
    ['no JSON', '{"id":', 'line 2 is no JSON'],
    ['no object', '[1]', 'line 2 is no JSON object'],
    ['a missing key', line.replace('"id"', '"ID"'), 'line 2: id is missing'],
    ['a null where none may be', line.replace('"a"', 'null'), 'line 2: id is null'],
    ['text for a number', line.replace('-3', '"-3"'), 'line 2: small is "-3", which is no int'],
    ['a fraction for a long', line.replace('1357035300000', '1.5'), 'line 2: at is 1.5, which is no long'],
    ['too much for an int', line.replace('-3', '2147483648'), 'line 2: small is 2147483648, which is no int'],
    ['a number for a truth', line.replace('true', '1'), 'line 2: ok is 1, which is no boolean'],
  ])('names %s by its line', async (_, wrong, message) => {
    const error = await failureOf(event('x'), ndjson('wrong.ndjson', line, wrong));
    expect(error).toMatchObject({ code: 'FILE_MALFORMED', details: { line: 2 } });
    expect(error.message).toContain(message);
    expect(error.message).toContain('wrong.ndjson');
  });
});

describe('a reader that wants some fields only', () => {
  const wanted = new Set(['at', 'ratio']);
  const readWanted = async (path: string) => {
    const rows: Row[] = [];
    for await (const batch of readEvents(event('x'), path, wanted)) rows.push(...batch);
    return rows;
  };
  const asText = (overrides: object) => JSON.stringify({ ...GOOD[0], ...overrides });

  test('gets these', async () => {
    const some = GOOD.map(({ at, ratio }) => ({ at, ratio }));
    expect(await readWanted(await parquet('some.parquet', ROW, NULLS))).toStrictEqual(some);
    const lines = GOOD.map((row) => JSON.stringify(row));
    expect(await readWanted(ndjson('some.ndjson', ...lines))).toStrictEqual(some);
  });

  test('hears of what is wrong with the others all the same', async () => {
    const failures = [
      [await parquet('lacks.parquet', ROW.replace('AS ok', 'AS okay')), 'column ok is missing'],
      [await parquet('other.parquet', ROW.replace("'a' AS id", '7 AS id')), 'column id is INTEGER'],
      [await parquet('nulls.parquet', ROW, NULLS.replace("'van'", 'NULL')), 'column way is null in row 2'],
      [ndjson('null.ndjson', asText({ way: null })), 'line 1: way is null'],
      [ndjson('type.ndjson', asText({ ok: 1 })), 'line 1: ok is 1, which is no boolean'],
    ] as const;
    for (const [path, message] of failures) await expect(readWanted(path)).rejects.toThrow(message);
  });
});

test.each([
  ['a path that is not there', join(folder, 'nowhere'), 'does not exist'],
  ['a folder without the topic', folder, 'neither absent.parquet nor absent.ndjson'],
  ['an ending that nobody reads', ndjson('orders.csv', ''), 'neither .parquet nor .ndjson'],
])('%s is not found', async (_, path, message) => {
  const error = await failureOf(event('absent'), path);
  expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', details: { topic: 'absent' } });
  expect(error.message).toContain(message);
});

test('a field that no file can bring is named', async () => {
  const definition = event('orders');
  const schema = {
    ...definition.schema,
    fields: [...fields, { name: 'lines', type: { type: 'array', items: 'string' } }],
  };
  const error = await failureOf({ ...definition, schema }, folder);
  expect(error).toMatchObject({ code: 'FILE_MALFORMED', details: { column: 'lines' } });
});
