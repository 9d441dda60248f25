/**
 * Every feature of two topologies over the whole year of flights: what the query of `plan --sql` says, and what `replay backfill` computes;
 * with arrivals known when they happen, and with arrivals delivered up to six hours late.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeVectorsFile } from '../../../src/cli/vectors-file.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import type { FeatureDefinition, GroupDefinition, TopologyDefinition } from '../../../src/topology/definition.js';
import { groupSql } from '../../../src/topology/sql/group.js';
import { quoted, text } from '../../../src/topology/sql/names.js';
import { isExact, RELATIVE } from './compare.js';
import { type DuckDb, openDuckDb } from './duckdb.js';
import { every } from './every.js';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const DEPARTURES = 336_776;
/** On a machine that does other things too. */
const YEAR_MS_MAX = 900_000;
const LATE_MAX_MS = 6 * 3_600_000;

let folder: string;
let duckDb: DuckDb;

/** The same flights, each arrival delivered at a time of its own, in that order. */
async function writeLate(): Promise<void> {
  const arrivals = join(folder, 'arrivals.parquet');
  await duckDb.run(
    `copy (select *, time + cast(md5_number_lower(flight_id) % ${LATE_MAX_MS + 1} as bigint) as delivered
      from read_parquet('${path('data/flights/arrivals.parquet')}') order by delivered, flight_id) to '${arrivals}'`,
  );
  for (const file of ['departures.parquet', 'weather.parquet']) {
    copyFileSync(path(`data/flights/${file}`), join(folder, file));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-year-'));
  duckDb = await openDuckDb();
  await writeLate();
});
afterAll(() => {
  duckDb.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Arrivals are known when they are delivered. */
const delivered = (definition: TopologyDefinition): TopologyDefinition => ({
  ...definition,
  events: definition.events.map((event) => {
    if (event.topic !== 'arrivals') return event;
    const fields = [...event.schema.fields, { name: 'delivered', type: 'long' }];
    return {
      ...event,
      schema: { ...event.schema, fields },
      knownAt: { by: 'field', field: 'delivered', plusMs: 0 },
    };
  }),
});

/** A difference of two near values has the last bits of those. */
const NEAR = 1e-9;

function sameSql(feature: FeatureDefinition): string {
  const [engine, sql] = [`v.${quoted(feature.name)}`, `q.${quoted(feature.name)}`];
  const equal = `${engine} is not distinct from ${sql}`;
  // Sums of minutes and miles are exact in doubles; those of rain and wind are not.
  const exactSums = !('event' in feature) || feature.event !== 'weather';
  if (isExact(feature, exactSums)) return equal;
  const bound = `${RELATIVE} * greatest(abs(${engine}), abs(${sql})) + ${NEAR}`;
  // A missing one is near nothing.
  return `(${equal} or coalesce(abs(${engine} - ${sql}) <= ${bound}, false))`;
}

interface Compared {
  readonly feature: string;
  readonly present: number;
  readonly differing: number;
}

async function compare(definition: TopologyDefinition, group: GroupDefinition, from: string): Promise<Compared[]> {
  const sql = groupSql(definition, group, ({ topic }) => ({
    path: join(from, `${topic}.parquet`),
    format: 'parquet',
  }));
  await duckDb.run(`create or replace temp table asked as ${sql}`);
  const vectors = text(join(folder, 'vectors.parquet'));
  const [rows] = await duckDb.rows(
    `select count(*)::integer as rows, count(q.id)::integer as matched
     from ${vectors} as v left join asked as q on q.event = 'departures' and q.id = v.flight_id and q.time = v.time`,
  );
  expect(rows).toEqual({ rows: DEPARTURES, matched: DEPARTURES });
  const counts = group.features.map(
    (feature) => `count(v.${quoted(feature.name)})::integer as ${quoted(`${feature.name} present`)},
      (count(*) filter (not ${sameSql(feature)}))::integer as ${quoted(`${feature.name} differing`)}`,
  );
  const [found] = await duckDb.rows(
    `select ${counts.join(', ')} from ${vectors} as v join asked as q on q.id = v.flight_id`,
  );
  return group.features.map(({ name }) => ({
    feature: name,
    present: found![`${name} present`] as number,
    differing: found![`${name} differing`] as number,
  }));
}

describe.each([
  ['topology/flights.ts', () => loadTopology(path('topology/flights.ts'))],
  ['every aggregate of the language', async () => every],
])('%s', (_, load) => {
  test.each([
    ['arrivals that are known when they happen', false],
    ['arrivals that are delivered up to six hours late', true],
  ])('%s: every feature of the year is what the query says', { timeout: YEAR_MS_MAX }, async (__, isLate) => {
    const loaded = await load();
    const definition = isLate ? delivered(loaded) : loaded;
    const from = isLate ? folder : path('data/flights');
    const view = definition.views[0]!;
    await writeVectorsFile({ definition, view, from, out: join(folder, 'vectors.parquet'), threads: 2 });
    for (const group of definition.groups) {
      const compared = await compare(definition, group, from);
      expect(compared.filter(({ differing }) => differing > 0)).toEqual([]);
      // Equality of nothing with nothing would prove nothing.
      for (const { feature, present } of compared) expect(present, feature).toBeGreaterThan(DEPARTURES / 2);
    }
  });
});

test('the fields of the view are the departure’s own', async () => {
  const definition = await loadTopology(path('topology/flights.ts'));
  const out = join(folder, 'fields.parquet');
  const view = { ...definition.views[0]!, groups: [] };
  await writeVectorsFile({ definition, view, from: path('data/flights'), out });
  const local = "make_timestamptz(d.time * 1000) at time zone 'America/New_York'";
  const [found] = await duckDb.rows(
    `select count(*)::integer as rows, (count(*) filter (v.hour is distinct from hour(${local})
       or v.weekday is distinct from isodow(${local}) or v.distance is distinct from d.distance
       or v.carrier is distinct from d.carrier or v.origin is distinct from d.origin))::integer as differing
     from ${text(out)} as v join ${text(path('data/flights/departures.parquet'))} as d using (flight_id)`,
  );
  expect(found).toEqual({ rows: DEPARTURES, differing: 0 });
});
