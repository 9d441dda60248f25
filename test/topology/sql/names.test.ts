import { afterAll, beforeAll, expect, test } from 'vitest';
import { Names, named, number, quoted, text } from '../../../src/topology/sql/names.js';
import { type DuckDb, openDuckDb } from './duckdb.js';

let duckDb: DuckDb;
beforeAll(async () => {
  duckDb = await openDuckDb(1);
});
afterAll(() => duckDb.close());

test.each(['plain', 'UPPER', 'select', 'a-b', 'a.b', 'a "quoted" one', '1st', 'é'])(
  '%s can be a name',
  async (name) => {
    const [row] = await duckDb.rows(
      `select e.${named(name)} as ${named(name)} from (select 1 as ${quoted(name)}) as e`,
    );
    expect(row).toEqual({ [name]: 1 });
  },
);

test.each(["it's", '', '\\', "''", 'a\nb', '😀'])('%j can be a text', async (value) => {
  expect(await duckDb.rows(`select ${text(value)} as said`)).toEqual([{ said: value }]);
});

test.each([15, -3, 0.1, 1e21, 1e-7, -2.5, 2 ** 53, 5e-324])('%d can be a number', async (value) => {
  const [row] = await duckDb.rows(`select cast(${number(value)} as double) as said`);
  expect(row).toEqual({ said: value });
});

test('names that differ in case only are told apart', () => {
  const names = new Names();
  expect(['a', 'A', 'a_2', 'b'].map((name) => names.take(name))).toEqual(['a', 'A_2', 'a_2_2', 'b']);
});
