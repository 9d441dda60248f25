import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordSchema, Scalar } from '../../../src/topology/definition.js';
import { conditionSql, expressionSql, type Scope } from '../../../src/topology/sql/expression.js';
import { evaluate, holds, type Row } from '../../aggregate/naive-row.js';
import { anyCondition, anyExpression, anyRow } from '../conditions.js';
import { type DuckDb, openDuckDb } from './duckdb.js';

/** A question takes a few ms, but on a machine that does other things too. */
const ANSWERS_MS_MAX = 120_000;

const schema: RecordSchema = {
  type: 'record',
  name: 'event',
  fields: [
    { name: 'x', type: ['null', 'double'] },
    { name: 'y', type: ['null', 'double'] },
    { name: 'text', type: ['null', 'string'] },
    { name: 'yes', type: ['null', 'boolean'] },
  ],
};
const scope: Scope = { schema, column: (field) => `e.${field}` };
const literal = (value: Scalar | undefined) =>
  typeof value === 'string'
    ? `'${value}'`
    : typeof value !== 'number'
      ? String(value)
      : Number.isFinite(value)
        ? `${value}e0`.replace(/e(.*)e0$/, 'e$1')
        : 'null';
const rows: Row[] = fc.sample(anyRow, { numRuns: 60, seed: 1 });

let duckDb: DuckDb;
beforeAll(async () => {
  duckDb = await openDuckDb(1);
  const values = rows.map(({ x, y, text, yes }, i) => `(${[i, ...[x, y, text, yes].map(literal)].join(', ')})`);
  await duckDb.run('create table events (n integer, x double, y double, text varchar, yes boolean)');
  await duckDb.run(`insert into events values ${values.join(', ')}`);
});
afterAll(() => duckDb.close());

const ask = async (sql: string) =>
  (await duckDb.rows(`select ${sql} as said from events as e order by n`)).map(({ said }) => said);

test('a condition is what the naive twin says', { timeout: ANSWERS_MS_MAX }, async () => {
  await fc.assert(
    fc.asyncProperty(anyCondition, async (condition) => {
      expect(await ask(conditionSql(scope, condition))).toEqual(rows.map((row) => holds(condition, row)));
    }),
    { numRuns: 150 },
  );
});

test('an expression is what the naive twin says; zeros are one number', { timeout: ANSWERS_MS_MAX }, async () => {
  // A zero of either sign, and a whole number of any of DuckDB's types.
  const plain = (value: unknown) =>
    typeof value === 'bigint' || typeof value === 'number' ? Number(value) + 0 : value;
  await fc.assert(
    fc.asyncProperty(anyExpression, async (expression) => {
      const said = await ask(expressionSql(scope, expression));
      expect(said.map(plain)).toEqual(rows.map((row) => plain(evaluate(expression, row))));
    }),
    { numRuns: 150 },
  );
});
