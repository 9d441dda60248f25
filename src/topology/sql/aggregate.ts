/**
 * Each aggregate of the language as SQL over the rows that a window holds.
 * Method: a table `e` with a row for each pair of a row that asks (`__asked`, at `__t`) and an event in its window (`__time`, `__id`, its
 * fields; `__itself`: it is the asking event). DuckDB's own aggregates do the rest, and skip nulls as Headrace's do.
 * Where addition is rounded, the last bits depend on its order, which SQL leaves open.
 */
import type { AggregateDefinition } from '../definition.js';
import { conditionSql, type Scope, valueSql } from './expression.js';
import { double } from './names.js';

/** Below this a weight is rounded, and beyond it a window may hold only what weighs nothing. */
const HALF_LIVES_MAX = 1000;

/** Whether a decayed mean needs the time of the latest value in its window: else its weights could all be 0. */
export const needsLatest = ({ aggregate, windowMs, delayMs, halfLifeMs }: AggregateDefinition) =>
  aggregate === 'decayedMean' && (windowMs === null || (windowMs + delayMs) / halfLifeMs! > HALF_LIVES_MAX);

/** The column with that time. */
export const latestColumn = ({ name }: AggregateDefinition) => `__latest_${name}`;

/** Of the latest value in the window, over pairs. */
export function latestSql(scope: Scope, feature: AggregateDefinition): string {
  const { value, where } = feature;
  const known = `${valueSql(scope, value!)} is not null`;
  const counts = where === null ? known : `(${conditionSql(scope, where)}) and ${known}`;
  return `max(e.__time) filter (where ${counts}) over (partition by e.__asked)`;
}

/** The condition under which an event of the window counts, as `filter (where …)`. */
export function filterSql(scope: Scope, { aggregate, where }: AggregateDefinition): string {
  const conditions = [
    ...(aggregate === 'secondsSince' ? ['not e.__itself'] : []),
    ...(aggregate !== 'share' && where !== null ? [conditionSql(scope, where)] : []),
  ];
  const all = conditions.length > 1 ? conditions.map((one) => `(${one})`) : conditions;
  return all.length === 0 ? '' : ` filter (where ${all.join(' and ')})`;
}

/** @returns an aggregate over `e`: null of nothing, but for `count` */
export function aggregateSql(scope: Scope, feature: AggregateDefinition): string {
  const { aggregate, value, where, halfLifeMs, rank, quantile } = feature;
  const filter = filterSql(scope, feature);
  const x = value === null ? '' : valueSql(scope, value);
  switch (aggregate) {
    case 'count':
      return `count(*)${filter}`;
    case 'sum':
    case 'min':
    case 'max':
      return `${aggregate}(${x})${filter}`;
    case 'mean':
      return `avg(${x})${filter}`;
    case 'variance':
      return `var_pop(${x})${filter}`;
    case 'std':
      return `stddev_pop(${x})${filter}`;
    case 'share':
      return `avg(cast(${conditionSql(scope, where!)} as integer))`;
    case 'distinct':
    case 'approxDistinct':
      return `nullif(count(distinct ${x})${filter}, 0)`;
    case 'first':
      return `arg_min(${x}, (e.__time, e.__id))${filter}`;
    case 'last':
      return `arg_max(${x}, (e.__time, e.__id))${filter}`;
    case 'secondsSince':
      return `(e.__t - max(e.__time)${filter}) / 1000`;
    case 'decayedCount':
      return `sum(${weight('e.__t', halfLifeMs!)})${filter}`;
    case 'decayedMean': {
      const w = weight(needsLatest(feature) ? `e.${latestColumn(feature)}` : 'e.__t', halfLifeMs!);
      return `sum(${x} * ${w})${filter} / sum(case when ${x} is not null then ${w} end)${filter}`;
    }
    case 'top':
      return `list_sort([(-cast(n.value as bigint), n.key) for n in map_entries(histogram(${x})${filter})])[${rank}][2]`;
    case 'quantile':
      return `try_cast(quantile_disc(${x}, ${decimal(quantile!)})${filter} as float)`;
  }
}

const weight = (t: string, halfLifeMs: number) => `pow(2, (e.__time - ${t}) / ${double(halfLifeMs)})`;

/** DuckDB takes a decimal at its word, and of a double what its last bits say. */
const decimal = (q: number) => (String(q).includes('e') ? q.toFixed(18) : String(q));
