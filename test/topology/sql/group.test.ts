import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../../src/replay/backfill.js';
import type { GroupDefinition, Scalar } from '../../../src/topology/definition.js';
import { groupSql } from '../../../src/topology/sql/group.js';
import { validate } from '../../../src/topology/validate.js';
import { isEqual, isExact } from './compare.js';
import { type DuckDb, openDuckDb } from './duckdb.js';
import { type World, withFiles, worlds } from './worlds.js';

/** How many worlds: more by SQL_RUNS. */
const RUNS = Number(process.env.SQL_RUNS ?? 25);
/** A world takes 70 ms, but on a machine that does other things too. */
const WORLD_MS_MAX = 10_000;

let duckDb: DuckDb;
beforeAll(async () => {
  duckDb = await openDuckDb(1);
});
afterAll(() => duckDb.close());

/** What the query says, and what the engine says of the same files. */
async function both({ definition, rows }: World): Promise<{ sql: Record<string, unknown>[]; engine: Engine[] }> {
  return withFiles(rows, async (folder) => {
    const group = definition.groups[0]!;
    const sql = groupSql(definition, group, ({ topic }) => ({ path: `${folder}/${topic}.ndjson`, format: 'ndjson' }));
    const engine: Engine[] = [];
    for (const view of definition.views) {
      let place = 0;
      for await (const vectors of backfill({ definition, view, from: folder })) {
        for (const { id, time, features } of vectors)
          engine.push({ event: view.score, place: place++, id, time, features });
      }
    }
    return { sql: await duckDb.rows(sql), engine };
  });
}

interface Engine {
  readonly event: string;
  readonly place: number;
  readonly id: string;
  readonly time: number;
  readonly features: Readonly<Record<string, Scalar>>;
}

function differences(group: GroupDefinition, sql: Record<string, unknown>[], engine: Engine[]): unknown[] {
  const found: unknown[] = sql.length === engine.length ? [] : [{ rows: [sql.length, engine.length] }];
  for (const [i, { event, place, id, time, features }] of engine.entries()) {
    const row = sql[i] ?? {};
    const place2 = { event: row.event, place: Number(row.place), id: row.id, time: Number(row.time) };
    if (JSON.stringify(place2) !== JSON.stringify({ event, place, id, time })) found.push({ place, id, time, place2 });
    for (const feature of group.features) {
      const { name } = feature;
      if (!isEqual(features[name]!, row[name], isExact(feature, true), 1e4)) {
        found.push({ event, place, id, feature: name, engine: features[name], sql: row[name] });
      }
    }
  }
  return found;
}

test('the query says what the engine says, whatever the files and the features are', {
  timeout: RUNS * WORLD_MS_MAX,
}, async () => {
  const seen = { rows: 0, present: 0, missing: 0 };
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const group = world.definition.groups[0]!;
      const { sql, engine } = await both(world);
      expect(differences(group, sql, engine)).toEqual([]);
      seen.rows += engine.length;
      for (const { features } of engine) {
        for (const value of Object.values(features)) seen[value === null ? 'missing' : 'present']++;
      }
    }),
    { numRuns: RUNS },
  );
  // Equality of nothing with nothing would prove nothing.
  expect(seen.rows).toBeGreaterThan(200);
  expect(seen.present).toBeGreaterThan(seen.missing / 5);
});

test('the worlds are valid topologies', () => {
  fc.assert(
    fc.property(worlds, ({ definition }) => {
      expect(validate(definition)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test('a group that no view reads has no rows that ask', () => {
  const [{ definition }] = fc.sample(worlds, 1) as [World];
  const without = { ...definition, views: [] };
  const files = { path: 'a.parquet', format: 'parquet' } as const;
  expect(() => groupSql(without, without.groups[0]!, () => files)).toThrow(
    expect.objectContaining({ code: 'GROUP_NOT_SCORED' }),
  );
});
