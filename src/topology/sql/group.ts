/**
 * A group's features as a point-in-time query for DuckDB.
 * Goal: anybody can check any feature against raw data. Method: the definition, as data, is said in SQL: raw events, the order in
 * which they were known, one table for each window, the features, what is made of them. Nothing of the engine is used.
 * Invariant: the numbers are those of the engine but for the order of additions; docs/aggregates.md says where they are equal.
 */
import { HeadraceError } from '../../error.js';
import {
  type AggregateDefinition,
  type EventDefinition,
  type FeatureDefinition,
  type GroupDefinition,
  isAggregate,
  isDerived,
  type TopologyDefinition,
} from '../definition.js';
import { durationText } from '../duration.js';
import { allTimeSql, isInParts } from './all-time.js';
import { derivedSql } from './derived.js';
import { askedSql, type EventFiles, inboxSql, knownSql, rawSql, type Source, sourcesOf } from './events.js';
import { indented, Names, named, text } from './names.js';
import { windowSql } from './window.js';

/** What the query says of a row that asks, beside its features. */
const OWN = ['event', 'place', 'id', 'time', 'key'] as const;

/**
 * @param group must have passed validation
 * @param filesOf where the raw events are
 * @returns one statement: a row for each row that asks, by event and in the order of its files. Columns: `event` (its topic), `place` (of
 * the row among the file's, from 0), `id`, `time` (ms), `key`, then the features by name, FLOAT or VARCHAR; null is missing. A name
 * of these that a feature has too begins with `event_`.
 * Error: `GROUP_NOT_SCORED`
 */
export function groupSql(
  definition: TopologyDefinition,
  group: GroupDefinition,
  filesOf: (event: EventDefinition) => EventFiles,
): string {
  const tables = new Names();
  for (const name of ['inbox', 'asked', 'features', 'derived']) tables.take(name);
  const sources = sourcesOf(definition, group, filesOf, tables);
  const scored = sources.filter((source) => source.scored);
  if (scored.length === 0) {
    throw new HeadraceError(
      'GROUP_NOT_SCORED',
      `no view of ${definition.name} reads group ${group.name}, so nothing asks for its features; add it to a view`,
      { remedy: 'fix-definition', group: group.name },
    );
  }
  const windows = windowsOf(group, sources, tables);
  const ctes = [
    ...sources.map(rawSql),
    inboxSql(sources),
    ...sources.filter(({ event }) => windows.some(({ source }) => source.event === event)).map(knownSql),
    askedSql(sources, group.latenessMs),
    ...windows.flatMap(({ ctes: own }) => own),
    featuresSql(group, windows),
    ...derivedSql(group),
  ];
  const last = group.features.some(isDerived) ? 'derived' : 'features';
  const topics = scored.map(({ event }) => event.topic).join(', ');
  return `\
-- Group ${group.name}.v${group.version} of topology ${definition.name}: its features for each of ${topics}, as of what was known by then.
-- Made of the definition by \`headrace plan --sql\`, for DuckDB. Columns that begin with __ are the query's own.
with
${ctes.join(',\n\n')}

-- Numbers leave as floats, rounded once; null is missing.
${scored.map((source) => answersSql(source, group, last)).join('\nunion all\n')}
order by 1, 2;
`;
}

interface WindowTable {
  readonly source: Source;
  /** With a row for each asking row that has something: `__asked`, and the features. */
  readonly table: string;
  readonly features: readonly AggregateDefinition[];
  readonly ctes: readonly string[];
}

/** Features over one window of one event share a table; over all time they part into those that can be kept running, and others. */
function windowsOf(group: GroupDefinition, sources: readonly Source[], tables: Names): WindowTable[] {
  const keyOf = (feature: AggregateDefinition) =>
    [feature.event, feature.windowMs, feature.delayMs, isInParts(feature)].join(' ');
  const aggregates = group.features.filter(isAggregate);
  const keys = [...new Set(aggregates.map(keyOf))];
  return keys.map((key): WindowTable => {
    const features = aggregates.filter((feature) => keyOf(feature) === key);
    const first = features[0]!;
    const { event, windowMs, delayMs } = first;
    const source = sources.find((candidate) => candidate.event.topic === event)!;
    const own = { source, features };
    if (isInParts(first)) {
      const table = tables.take(`${event}_all_time`);
      const take = (name: string) => tables.take(`${event}_${name}`);
      const parts = { settled: take('settled'), history: take('history'), recent: take('recent'), together: table };
      return { ...own, table, ctes: allTimeSql(parts, source, features) };
    }
    const length = windowMs === null ? 'ever' : durationText(windowMs);
    const table = tables.take(`${event}_${length}${delayMs > 0 ? `_ago_${durationText(delayMs)}` : ''}`);
    return { ...own, table, ctes: [windowSql(table, source, features)] };
  });
}

function featuresSql(group: GroupDefinition, windows: readonly WindowTable[]): string {
  const columns = group.features.filter(isAggregate).map((feature) => {
    const { table } = windows.find(({ features }) => features.includes(feature))!;
    const column = `${named(table)}.${named(feature.name)}`;
    return feature.aggregate === 'count'
      ? `coalesce(${column}, 0) as ${named(feature.name)}`
      : `${column} as ${named(feature.name)}`;
  });
  const joins = windows.map(({ table }) => `left join ${named(table)} on ${named(table)}.__asked = asked.__row`);
  return `\
-- One row for each row that is answered; a count of nothing is 0.
features as (
  select asked.__source, asked.__place,
${indented(columns.join(',\n'), '    ')}
  from asked
${indented(joins.join('\n'))}
)`;
}

function answersSql({ event, raw, rank }: Source, { features }: GroupDefinition, table: string): string {
  const taken = new Set(features.map(({ name }) => name.toLowerCase()));
  const own = (name: (typeof OWN)[number]): string => {
    let free: string = name;
    while (taken.has(free)) free = `event_${free}`;
    return free;
  };
  const columns = [
    `${text(event.topic)} as ${own('event')}`,
    `event.__place as ${own('place')}`,
    `event.__id as ${own('id')}`,
    `event.__time as ${own('time')}`,
    `event.__key as ${own('key')}`,
    ...features.map((feature) => `${leaving(feature)} as ${named(feature.name)}`),
  ];
  return `\
select
${indented(columns.join(',\n'))}
from ${named(raw)} as event
left join ${table} as f on f.__source = ${rank} and f.__place = event.__place`;
}

/** Whole numbers: nothing has to be asked of them. */
const COUNTS: ReadonlySet<string> = new Set(['count', 'distinct', 'approxDistinct']);

/** A number leaves as a float; missing where it is beyond a float's range. */
function leaving(feature: FeatureDefinition): string {
  const value = `f.${named(feature.name)}`;
  if (feature.type === 'category') return value;
  if (isAggregate(feature) && COUNTS.has(feature.aggregate)) return `cast(${value} as float)`;
  return `case when isfinite(${value}) then try_cast(${value} as float) end`;
}
