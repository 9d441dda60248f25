/** The feature engine alone on the flights: rows in memory, in the order in which they are known; no frames, files or log. */
import { Entity, type GroupPlan } from '../src/aggregate/index.js';
import { loadTopology } from '../src/runtime/load-topology.js';
import type { Scalar } from '../src/topology/definition.js';
import { cpuSeconds } from './cpu.js';
import { type EngineRow, FLIGHTS_TOPOLOGY, flightsRows } from './flights-rows.js';
import { median, type Part, type Scale, table } from './part.js';
import { type Spent, startProfile, summarize } from './profile.js';

const REPETITIONS = 5;

interface GroupFigures {
  readonly group: string;
  readonly features: number;
  readonly rows: number;
  readonly queries: number;
  readonly entities: number;
  readonly seconds: number;
}
export interface EngineFigures {
  readonly groups: readonly GroupFigures[];
  /** Shares of the main thread, of one more run. */
  readonly profile: readonly Spent[];
}

/** @returns how many queries */
export function applyAll(plan: GroupPlan, rows: readonly EngineRow[], entities: Map<string, Entity>): number {
  const out: Scalar[] = new Array(plan.group.features.length).fill(null);
  let queries = 0;
  for (const row of rows) {
    let entity = entities.get(row.key);
    if (entity === undefined) {
      entity = new Entity(plan);
      entities.set(row.key, entity);
    }
    entity.evict(row.known);
    if (row.scored) {
      entity.query(row.time, row.event < 0 ? null : row, out);
      queries++;
    }
    if (row.event >= 0) entity.insert(row.event, row.time, row.id, row.values);
  }
  return queries;
}

async function run({ quick }: Scale): Promise<EngineFigures> {
  const definition = await loadTopology(FLIGHTS_TOPOLOGY);
  const groups: GroupFigures[] = [];
  const loaded = [];
  for (const group of definition.groups) {
    const { plan, rows } = await flightsRows(definition, group, quick ? 2_000 : Number.POSITIVE_INFINITY);
    loaded.push({ plan, rows });
    const seconds: number[] = [];
    let queries = 0;
    let entities = new Map<string, Entity>();
    for (let n = 0; n < (quick ? 1 : REPETITIONS); n++) {
      entities = new Map();
      const before = cpuSeconds();
      queries = applyAll(plan, rows, entities);
      seconds.push(cpuSeconds() - before);
    }
    const features = group.features.length;
    groups.push({
      group: group.name,
      features,
      rows: rows.length,
      queries,
      entities: entities.size,
      seconds: median(seconds),
    });
  }
  const stop = await startProfile();
  for (const { plan, rows } of loaded) applyAll(plan, rows, new Map());
  return { groups, profile: summarize(await stop()).byKind };
}

function section({ groups }: EngineFigures): string {
  const sum = (of: (figures: GroupFigures) => number) => groups.reduce((total, figures) => total + of(figures), 0);
  const all: GroupFigures = {
    group: 'all',
    features: sum(({ features }) => features),
    rows: sum(({ rows }) => rows),
    queries: sum(({ queries }) => queries),
    entities: sum(({ entities }) => entities),
    seconds: sum(({ seconds }) => seconds),
  };
  return [
    'A row is an event for one group: old events are evicted, a departure is answered, then the event is inserted.',
    `Rows of \`${FLIGHTS_TOPOLOGY}\` over the whole year, held in memory; processor time, median of ${REPETITIONS} runs.`,
    '',
    table(
      ['group', 'features', 'rows', 'queries', 'entities', 's', 'rows a second'],
      [...groups, all].map((f) => [f.group, f.features, f.rows, f.queries, f.entities, f.seconds, f.rows / f.seconds]),
    ),
  ].join('\n');
}

export const engine: Part<EngineFigures> = { name: 'engine', title: 'The engine alone', run, section };
