/**
 * A group's events as tables of a query: `raw_<topic>`, as the files have them; `inbox`, the order in which the group sees their rows;
 * `known_<topic>`, the events of entities, each once; `asked`, the rows that are answered.
 * Invariant: the columns that are not an event's fields begin with `__`; fields that do get other names.
 */
import type { EventDefinition, GroupDefinition, TopologyDefinition } from '../definition.js';
import { durationText } from '../duration.js';
import { fieldType } from '../field-type.js';
import { fieldsOfGroup } from '../fields.js';
import type { Scope } from './expression.js';
import { indented, Names, named, text } from './names.js';

/** Where the raw events of a topic are. */
export interface EventFiles {
  readonly path: string;
  /** Whether the path is a pattern (`*`, `?`, `[…]`) of several files, each of which stands for a partition, in the order of their names. */
  readonly isPattern?: boolean;
  /** The columns that hold instants as timestamps, and not as ms. */
  readonly instants?: ReadonlySet<string>;
  readonly format: 'parquet' | 'ndjson';
}

/** An event that the group reads or answers. */
export interface Source {
  readonly event: EventDefinition;
  readonly files: EventFiles;
  /** Its place in the order of rows that were known at the same time. */
  readonly rank: number;
  readonly scored: boolean;
  readonly keyField: string;
  /** The fields that the group's features read, and their columns. */
  readonly columns: ReadonlyMap<string, string>;
  /** The tables of its raw rows, and of its events. */
  readonly raw: string;
  readonly known: string;
}

/** What can be the time of an event, ms. */
const TIME_MAX_MS = 8.64e15;

/** The topics of the events that the group answers: those which views that read it score. */
export const scoredBy = (definition: TopologyDefinition, group: GroupDefinition): ReadonlySet<string> =>
  new Set(definition.views.filter(({ groups }) => groups.includes(group.name)).map(({ score }) => score));

/** The group's sources, in the order of rows that were known at the same time: those that ask first, then by topic. */
export function sourcesOf(
  definition: TopologyDefinition,
  group: GroupDefinition,
  filesOf: (event: EventDefinition) => EventFiles,
  tables: Names,
): Source[] {
  const scored = scoredBy(definition, group);
  return definition.events
    .filter(({ topic }) => Object.hasOwn(group.keys, topic))
    .sort((a, b) => Number(scored.has(b.topic)) - Number(scored.has(a.topic)) || (a.topic < b.topic ? -1 : 1))
    .map((event, rank) => {
      const { topic } = event;
      const names = new Names();
      const fields = fieldsOfGroup(definition, group, topic);
      const columns = new Map(fields.map((field) => [field, names.take(field.replace(/^__/, 'field__'))]));
      const own = { keyField: group.keys[topic]!, columns, raw: tables.take(`raw_${topic}`) };
      return {
        event,
        files: filesOf(event),
        rank,
        scored: scored.has(topic),
        ...own,
        known: tables.take(`known_${topic}`),
      };
    });
}

/** How expressions call the columns of a source that is called `alias`. */
export const scopeOf = ({ event, columns }: Source, alias: string): Scope => ({
  schema: event.schema,
  column: (field) => `${alias}.${named(columns.get(field)!)}`,
});

/** The rows of the files, in their order: what is no event (no id, no time) is not there, as `admit` refuses it. */
export function rawSql(source: Source): string {
  const { event, keyField, columns, files } = source;
  const { knownAt } = event;
  const timeOf = (field: string) => `cast(${columnSql(files, field)} as bigint)`;
  const { isPattern = false } = files;
  const known =
    knownAt.by === 'broker'
      ? timeOf(event.time)
      : `${timeOf(knownAt.field)}${knownAt.plusMs > 0 ? ` + ${knownAt.plusMs}` : ''}`;
  const select = [
    'row_number() over () - 1 as __place',
    ...(isPattern ? ['file.filename as __file'] : []),
    `${idSql(source)} as __id`,
    `${timeOf(event.time)} as __time`,
    `${known} as __own`,
    `${textSql(source, keyField)} as __key`,
    ...[...columns].map(([field, column]) => `${fieldSql(source, field)} as ${named(column)}`),
  ];
  const knownText =
    knownAt.by === 'broker'
      ? `by the broker's clock, which no file has: the event time stands for it`
      : `${knownAt.field}${knownAt.plusMs > 0 ? ` + ${durationText(knownAt.plusMs)}` : ''}`;
  return `\
-- Raw ${event.topic} in the order of the file. Known: ${knownText}; never before what came earlier${isPattern ? ' in its file' : ''}.
${named(source.raw)} as materialized (
  select event.*, max(event.__own) over (${isPattern ? 'partition by event.__file ' : ''}order by event.__place) as __known
  from (
    select
${indented(select.join(',\n'), '      ')}
    from ${readSql(source, isPattern)} as file
  ) as event
  where event.__id <> '' and event.__time between 0 and ${TIME_MAX_MS} and event.__own >= 0
)`;
}

function readSql({ event, files }: Source, isPattern: boolean): string {
  const path = text(isPattern ? files.path : files.path.replaceAll(/[*?[]/g, (special) => `[${special}]`));
  const options = isPattern ? ', filename = true' : '';
  if (files.format === 'parquet') return `read_parquet(${path}${options})`;
  const columns = event.schema.fields.map(({ name }) => `${text(name)}: ${text(JSON_TYPES[kindOf(event, name)])}`);
  return `read_ndjson(${path}${options}, columns = {${columns.join(', ')}})`;
}

const JSON_TYPES = {
  long: 'BIGINT',
  int: 'BIGINT',
  double: 'DOUBLE',
  float: 'DOUBLE',
  string: 'VARCHAR',
  enum: 'VARCHAR',
  boolean: 'BOOLEAN',
  unsupported: 'JSON',
} as const;

const kindOf = ({ schema }: EventDefinition, field: string) => fieldType(schema, field)?.kind ?? 'unsupported';

/** A column of the file, instants as ms. */
const columnSql = ({ instants }: EventFiles, field: string) =>
  instants?.has(field) ? `epoch_ms(file.${named(field)})` : `file.${named(field)}`;

/** A key, or a part of an id. */
function textSql({ event, files }: Source, field: string): string {
  const kind = kindOf(event, field);
  const column = columnSql(files, field);
  // Longs above 2^53 lose their last bits, here too.
  return kind === 'long' ? `cast(cast(cast(${column} as double) as bigint) as varchar)` : `cast(${column} as varchar)`;
}

/** One field as it is; of several, \`|\` and \`\\\` of each part are escaped. */
function idSql(source: Source): string {
  const { event } = source;
  if (event.id.length === 1) return textSql(source, event.id[0]!);
  const parts = event.id.map((field) => {
    const kind = kindOf(event, field);
    const part = textSql(source, field);
    return kind === 'string' || kind === 'enum' ? `replace(replace(${part}, '\\', '\\\\'), '|', '\\|')` : part;
  });
  return parts.join(" || '|' || ");
}

/** A field's value: a double, a boolean or a text; what is not finite is null. */
function fieldSql({ event, files }: Source, field: string): string {
  const column = columnSql(files, field);
  switch (kindOf(event, field)) {
    case 'double':
      return `case when isfinite(cast(${column} as double)) then cast(${column} as double) end`;
    case 'float':
      return `case when isfinite(cast(${column} as float)) then cast(cast(${column} as float) as double) end`;
    case 'long':
    case 'int':
      return `cast(${column} as double)`;
    case 'boolean':
      return column;
    default:
      return `cast(${column} as varchar)`;
  }
}

/** `row_number` over rows that come in one order: who was known first; at the same time who asks first; then topic and place. */
export function inboxSql(sources: readonly Source[]): string {
  const rows = sources.map(
    ({ rank, raw }) =>
      `select ${rank} as __source, __place, __known from ${named(raw)} -- ${sources[rank]!.event.topic}`,
  );
  return `\
-- The order in which the group sees its rows: by known time; of equal ones those that ask, then by topic, then as in the file.
inbox as materialized (
  select arrival.*, row_number() over (order by arrival.__known, arrival.__source, arrival.__place) as __row
  from (
${indented(rows.join('\nunion all '), '    ')}
  ) as arrival
)`;
}

/** The events of entities: of repeats (same id and time) the first counts. */
export function knownSql({ event, known, raw, rank }: Source): string {
  return `\
-- ${event.topic} of entities, each event once: of repeats (same id and time) the first counts.
${named(known)} as materialized (
  select event.*, inbox.__row
  from ${named(raw)} as event join inbox on inbox.__source = ${rank} and inbox.__place = event.__place
  where event.__key is not null
  qualify row_number() over (partition by event.__key, event.__time, event.__id order by inbox.__row) = 1
)`;
}

/** The rows that are answered; what else asks gets missing features. */
export function askedSql(sources: readonly Source[], latenessMs: number): string {
  const rows = sources
    .filter(({ scored }) => scored)
    .map(
      ({ raw, rank }) => `\
select inbox.__row, inbox.__source, inbox.__place, event.__key, event.__time
from ${named(raw)} as event join inbox on inbox.__source = ${rank} and inbox.__place = event.__place
where event.__key is not null and event.__time >= event.__known - ${latenessMs}`,
    );
  return `\
-- The rows that are answered: those that ask, have a key, and are not more than ${durationText(latenessMs)} behind what is known (lateness).
asked as materialized (
${indented(rows.join('\nunion all\n'))}
)`;
}
