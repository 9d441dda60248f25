/**
 * The features over one window of one event as a table of the query, with a row for each row that asks and has something in it.
 * Method: rows that ask are joined with the events of their key. Time is cut into slots as long as the window, so that a row is
 * compared with those of two slots only.
 */
import { fieldsOfCondition } from '../condition.js';
import type { AggregateDefinition } from '../definition.js';
import { durationText } from '../duration.js';
import { fieldsOfExpression } from '../expression.js';
import { aggregateSql, latestColumn, latestSql, needsLatest } from './aggregate.js';
import { type Source, scopeOf } from './events.js';
import { indented, named } from './names.js';

/** Which events a row that asks is compared with, beside those of its key. */
export interface Reach {
  /** In words, after the topic: `in [t - 24h, t)`. */
  readonly says: string;
  /** Of times relative to the asking row `a`: from, up to (not with). Null: from the beginning. */
  readonly from: string | null;
  readonly to: string;
  /** Length of a slot, ms; null where all events of the key are compared. */
  readonly slotMs: number | null;
  /** Whether the asking event itself belongs to it. */
  readonly itself: boolean;
  /** The table of rows that ask. */
  readonly asked: string;
}

export function reachOf({ windowMs, delayMs }: AggregateDefinition): Reach {
  const to = delayMs === 0 ? 'a.__time' : `a.__time - ${delayMs}`;
  const ago = delayMs === 0 ? 't' : `t - ${durationText(delayMs)}`;
  return {
    says: windowMs === null ? 'before t' : `in [${ago} - ${durationText(windowMs)}, ${ago})`,
    from: windowMs === null ? null : `${to} - ${windowMs}`,
    to,
    slotMs: windowMs,
    itself: delayMs === 0,
    asked: 'asked',
  };
}

/** @param columns what is computed of the pairs, by column: see `aggregate.ts` for what they can read */
export function pairsSql(
  table: string,
  source: Source,
  reach: Reach,
  features: readonly AggregateDefinition[],
  columns: readonly string[],
): string {
  const { event } = source;
  const itself = reach.itself && source.scored;
  const latest = features
    .filter(needsLatest)
    .map((feature) => `${latestSql(scopeOf(source, 'e'), feature)} as ${latestColumn(feature)}`);
  const fields = fieldsSql(source, features);
  const near = nearSql(source, reach, fields);
  const pairs = itself ? `${near}\nunion all\n${itselfSql(source, reach, fields)}` : near;
  const body =
    latest.length === 0 ? pairs : `select e.*,\n${indented(latest.join(',\n'))}\nfrom (\n${indented(pairs)}\n) as e`;
  const what = `${event.topic} ${reach.says}, known before the row that asks at t`;
  return `\
-- ${what}${itself ? '; and the asking row itself' : ''}.
${named(table)} as (
  select e.__asked,
${indented(columns.join(',\n'), '    ')}
  from (
${indented(body, '    ')}
  ) as e
  group by e.__asked, e.__t
)`;
}

/** The features over one window, each by its name. */
export function windowSql(table: string, source: Source, features: readonly AggregateDefinition[]): string {
  const scope = scopeOf(source, 'e');
  const columns = features.map((feature) => `${aggregateSql(scope, feature)} as ${named(feature.name)}`);
  return pairsSql(table, source, reachOf(features[0]!), features, columns);
}

/** What the features read of an event. */
function fieldsSql({ columns }: Source, features: readonly AggregateDefinition[]): string {
  const used = new Set<string>();
  for (const { value, where } of features) {
    if (value !== null) fieldsOfExpression(value, used);
    if (where !== null) fieldsOfCondition(where, used);
  }
  return [...used].map((field) => `, e.${named(columns.get(field)!)}`).join('');
}

function nearSql(source: Source, { from, to, slotMs, asked }: Reach, fields: string): string {
  const select = `select a.__row as __asked, a.__time as __t, e.__time, e.__id, false as __itself${fields}`;
  const known = named(source.known);
  const conditions = ['e.__key = a.__key', `e.__time < ${to}`, 'e.__row < a.__row'];
  if (from !== null) conditions.splice(1, 0, `e.__time >= ${from}`);
  if (slotMs === null || from === null)
    return `${select}\nfrom ${asked} as a join ${known} as e on ${conditions.join(' and ')}`;
  return `\
${select}
from (select a.*, unnest(range((${from}) // ${slotMs}, (${to}) // ${slotMs} + 1)) as __slot from ${asked} as a) as a
join (select e.*, e.__time // ${slotMs} as __slot from ${known} as e) as e
  on e.__slot = a.__slot and ${conditions.join(' and ')}`;
}

const itselfSql = (source: Source, { asked }: Reach, fields: string) => `\
select a.__row, a.__time, e.__time, e.__id, true${fields}
from ${asked} as a join ${named(source.raw)} as e on a.__source = ${source.rank} and e.__place = a.__place`;
