/**
 * The features over all time of one event as tables of the query: `<topic>_settled`, `<topic>_history`, `<topic>_recent`, and
 * `<topic>_all_time`, which puts the last two together.
 * Goal: no comparison of every row with all that ever happened. Method: for each row that asks there is a time before which
 * everything is known, since nothing that comes later is older; up to there the running value of the key serves all rows, and only what
 * is more recent is compared one by one.
 * Invariant: history is older than what is recent, so the one or the other is first or last.
 */
import type { AggregateDefinition, AggregateName } from '../definition.js';
import { aggregateSql, filterSql } from './aggregate.js';
import { type Source, scopeOf } from './events.js';
import { conditionSql, type Scope, valueSql } from './expression.js';
import { indented, named, quoted } from './names.js';
import { pairsSql } from './window.js';

/** A value that is kept while time goes on: over what is before (`history`), and over what is recent. */
interface Part {
  readonly column: string;
  readonly history: string;
  readonly recent: string;
}

/** Those that can be put together from two parts. Of the others every event is needed. */
const IN_PARTS: ReadonlySet<AggregateName> = new Set<AggregateName>([
  'count',
  'sum',
  'mean',
  'min',
  'max',
  'variance',
  'std',
  'share',
  'first',
  'last',
  'secondsSince',
]);
export const isInParts = ({ windowMs, aggregate }: AggregateDefinition) => windowMs === null && IN_PARTS.has(aggregate);

/** Slots for what is recent: a matter of speed only. */
const SLOT_MS = 6 * 3_600_000;

export interface AllTimeTables {
  readonly settled: string;
  readonly history: string;
  readonly recent: string;
  readonly together: string;
}

export function allTimeSql(tables: AllTimeTables, source: Source, features: readonly AggregateDefinition[]): string[] {
  const { event, known } = source;
  const { settled, history, recent, together } = tables;
  const scope = scopeOf(source, 'e');
  const parts = features.flatMap((feature) => partsOf(scope, feature));
  const reach = {
    says: 'in [settled, t)',
    from: 'a.__settled',
    to: 'a.__time',
    slotMs: SLOT_MS,
    itself: true,
    asked: named(settled),
  };
  return [
    `\
-- For a row that asks at t, everything of ${event.topic} before \`settled\` is known: what comes later is not older.
${named(settled)} as materialized (
  select a.__row, a.__source, a.__place, a.__key, a.__time, least(a.__time, coalesce(a.__coming, a.__time)) as __settled
  from (
    select seen.*, min(seen.__came) over (partition by seen.__key order by seen.__row rows between 1 following and unbounded following) as __coming
    from (
      select __row, __source, __place, __key, __time, cast(null as bigint) as __came from asked
      union all
      select __row, null, null, __key, __time, __time from ${named(known)}
    ) as seen
  ) as a
  where a.__came is null
)`,
    `\
-- What ${event.topic} come to, entity by entity, up to each time of one.
${named(history)} as materialized (
  select e.__key, e.__time,
${indented(parts.map((part) => `${part.history} as ${named(part.column)}`).join(',\n'), '    ')}
  from (select e.*, false as __itself from ${named(known)} as e) as e
  window so_far as (partition by e.__key order by e.__time, e.__id rows unbounded preceding)
  qualify lead(e.__time) over (partition by e.__key order by e.__time, e.__id) is distinct from e.__time
)`,
    pairsSql(
      recent,
      source,
      reach,
      features,
      parts.map((part) => `${part.recent} as ${named(part.column)}`),
    ),
    `\
-- What came before \`settled\`, and what is more recent.
${named(together)} as (
  select a.__row as __asked,
${indented(features.map((feature) => `${togetherSql(feature)} as ${named(feature.name)}`).join(',\n'), '    ')}
  from ${named(settled)} as a
  asof left join ${named(history)} as h on h.__key = a.__key and a.__settled > h.__time
  left join ${named(recent)} as r on r.__asked = a.__row
)`,
  ];
}

const partColumn = (feature: AggregateDefinition, part: string) => `${feature.name} ${part}`;

function partsOf(scope: Scope, feature: AggregateDefinition): Part[] {
  const { aggregate, value, where, name } = feature;
  const filter = filterSql(scope, feature);
  const over = (sql: string, column = name): Part => ({ column, history: `${sql} over so_far`, recent: sql });
  const x = value === null ? '' : valueSql(scope, value);
  const ofAll = (sql: string, part: string) => over(`${sql}${filter}`, partColumn(feature, part));
  switch (aggregate) {
    case 'first':
    case 'last': {
      const counted = where === null ? x : `case when ${conditionSql(scope, where)} then ${x} end`;
      const history = `${aggregate}_value(${counted} ignore nulls) over so_far`;
      return [{ column: name, history, recent: aggregateSql(scope, feature) }];
    }
    case 'mean':
      return [ofAll(`sum(${x})`, 'sum'), ofAll(`count(${x})`, 'n')];
    case 'variance':
    case 'std':
      return [ofAll(`count(${x})`, 'n'), ofAll(`avg(${x})`, 'mean'), ofAll(`var_pop(${x})`, 'variance')];
    case 'share': {
      const hit = `cast(${conditionSql(scope, where!)} as integer)`;
      return [ofAll(`sum(${hit})`, 'sum'), ofAll(`count(${hit})`, 'n')];
    }
    case 'secondsSince':
      return [over(`max(e.__time)${filter}`)];
    default:
      return [over(aggregateSql(scope, feature))];
  }
}

/** A feature of history `h` and what is recent, `r`; each of them can be missing. */
function togetherSql(feature: AggregateDefinition): string {
  const both = (part?: string) => {
    const column = part === undefined ? named(feature.name) : quoted(partColumn(feature, part));
    return [`h.${column}`, `r.${column}`] as const;
  };
  const sum = (part?: string) => `list_sum([${both(part).join(', ')}])`;
  switch (feature.aggregate) {
    case 'count':
    case 'sum':
      return sum();
    case 'mean':
    case 'share':
      return `${sum('sum')} / nullif(${sum('n')}, 0)`;
    case 'min':
      return `least(${both().join(', ')})`;
    case 'max':
      return `greatest(${both().join(', ')})`;
    case 'first':
      return `coalesce(${both().join(', ')})`;
    case 'last':
      return `coalesce(${both()[1]}, ${both()[0]})`;
    case 'secondsSince':
      return `(a.__time - greatest(${both().join(', ')})) / 1000`;
    default: {
      const variance = varianceSql(both('n'), both('mean'), both('variance'));
      return feature.aggregate === 'std' ? `sqrt(${variance})` : variance;
    }
  }
}

type Both = readonly [string, string];

/** Chan's: the squares of both, and what their means are apart. */
function varianceSql([n, m]: Both, [meanOfN, meanOfM]: Both, [ofN, ofM]: Both): string {
  return `\
case
  when coalesce(${n}, 0) = 0 then ${ofM}
  when coalesce(${m}, 0) = 0 then ${ofN}
  else (${n} * ${ofN} + ${m} * ${ofM} + pow(${meanOfN} - ${meanOfM}, 2) * ${n} * ${m} / (${n} + ${m})) / (${n} + ${m})
end`;
}
