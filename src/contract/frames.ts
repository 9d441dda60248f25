/**
 * Avro schemas of the internal topics, built from the topology: frames carry many rows, so that the cost of a Kafka
 * record is paid once a batch. A user's fields stand in a record of their own, so that no name can collide with Headrace's.
 * Offsets named `after`, `before` and `offset` in a frontier are exclusive: the next offset to consider.
 */
import type {
  EventDefinition,
  GroupDefinition,
  Scalar,
  TopologyDefinition,
  ViewDefinition,
} from '../topology/definition.js';
import { fieldsOfGroup, keyFields, viewColumns } from '../topology/fields.js';

/** How far one raw partition was considered, and where in `admitted` a reader goes on. */
export interface Frontier {
  readonly topic: string;
  readonly partition: number;
  /** The next raw offset to consider. */
  readonly offset: number;
  /** The next admitted record to read. */
  readonly admittedOffset: number;
  /** The latest mark before `offset`, ms; NO_MARK where there was none. */
  readonly mark: number;
  /** Whether it was not waited for, since it did not answer in `holdMs`. */
  readonly away: boolean;
}
export const NO_MARK = -1;
/** Marks and times are stored as safe integers; the greatest long of a last mark is stored as this, the greatest that avsc writes. */
export const LAST_MARK = Number.MAX_SAFE_INTEGER - 1;

export interface AdmittedRow {
  readonly offset: number;
  readonly known: number;
  readonly time: number;
  readonly id: string;
  readonly event: Readonly<Record<string, Scalar>>;
}
export interface AdmittedFrame {
  readonly before: number;
  readonly after: number;
  /** The greatest known time so far in this partition; NO_MARK where there is none. */
  readonly known: number;
  readonly mark: number;
  readonly rows: readonly AdmittedRow[];
}

export interface InboxRow {
  /** Index into the frame's `after`: the raw partition that it came from. */
  readonly source: number;
  readonly offset: number;
  readonly known: number;
  readonly time: number;
  readonly id: string;
  readonly key: string | null;
  readonly scored: boolean;
  readonly values: Readonly<Record<string, Scalar>>;
}
export interface InboxFrame {
  readonly before: readonly Frontier[];
  readonly after: readonly Frontier[];
  readonly rows: readonly InboxRow[];
}

export interface FeaturesRow {
  readonly offset: number;
  readonly time: number;
  readonly key: string | null;
  readonly values: Readonly<Record<string, number | string | null>>;
}
export interface FeaturesFrame {
  readonly inboxPartition: number;
  /** The inbox record whose rows these are. */
  readonly inboxOffset: number;
  readonly rows: readonly FeaturesRow[];
}

export interface VectorsRow {
  readonly offset: number;
  readonly known: number;
  readonly time: number;
  readonly id: string;
  readonly keys: Readonly<Record<string, Scalar>>;
  readonly features: Readonly<Record<string, number | string | null>>;
  readonly missing: readonly string[];
}
export interface VectorsFrame {
  readonly view: string;
  readonly rows: readonly VectorsRow[];
}

export interface Prediction {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly time: number;
  readonly keys: Readonly<Record<string, Scalar>>;
  readonly score: number;
  readonly model: string;
  readonly version: number;
  readonly view: string;
  /** Groups that had not answered by the view's deadline: the score is without their features. */
  readonly missing: readonly string[];
}

export interface Served {
  /** The next raw offset to serve. */
  readonly offset: number;
  /** The admitted record at which a successor goes on. */
  readonly admittedOffset: number;
  readonly low: readonly { readonly topic: string; readonly offset: number }[];
  readonly view: string;
  readonly viewHash: string;
  readonly model: string | null;
  readonly version: number | null;
  /** How many events this record serves, ending before `offset`. */
  readonly rows: number;
}

export type AvroRecord = {
  type: 'record';
  name: string;
  namespace: string;
  fields: { name: string; type: unknown; default?: null | readonly never[] }[];
};
const NAMESPACE = 'headrace';
const record = (name: string, fields: [string, unknown][]): AvroRecord => ({
  type: 'record',
  name,
  namespace: NAMESPACE,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});
/** A row brings the columns of its own event: the others are null by default. */
const sparse = (made: AvroRecord): AvroRecord => ({
  ...made,
  fields: made.fields.map((field) => ({ ...field, default: null })),
});
const rowsOf = (items: AvroRecord) => ({ type: 'array', items });
const nullable = (type: unknown) => ['null', type];

/** A name that Avro allows, of one that a topic allows. */
export const avroName = (name: string) => name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');

/** Longs travel inside as doubles, however deep they stand: exact up to 2^53, and beyond that a frame never fails. */
const inside = (type: unknown): unknown => {
  if (type === 'long') return 'double';
  if (Array.isArray(type)) return once(type.map(inside));
  if (typeof type !== 'object' || type === null) return type;
  const { type: kind, items, values, fields } = type as Readonly<Record<string, unknown>>;
  if (kind === 'long') return 'double';
  if (kind === 'array') return { ...type, items: inside(items) };
  if (kind === 'map') return { ...type, values: inside(values) };
  if (kind !== 'record') return type;
  // A default's text is the same for both.
  return {
    ...type,
    fields: (fields as readonly { type: unknown }[]).map((field) => ({ ...field, type: inside(field.type) })),
  };
};

/** A union has each branch once, and long and double are one now. */
const once = (branches: readonly unknown[]) =>
  branches.filter((branch, i) => branch !== 'double' || branches.indexOf('double') === i);

export function admittedSchema(event: EventDefinition): AvroRecord {
  const name = avroName(event.topic);
  const fields = record(
    `${name}_event`,
    event.schema.fields.map((field): [string, unknown] => [field.name, inside(field.type)]),
  );
  return record(`${name}_admitted`, [
    ['before', 'long'],
    ['after', 'long'],
    ['known', 'long'],
    ['mark', 'long'],
    [
      'rows',
      rowsOf(
        record(`${name}_admitted_row`, [
          ['offset', 'long'],
          ['known', 'long'],
          ['time', 'long'],
          ['id', 'string'],
          ['event', fields],
        ]),
      ),
    ],
  ]);
}

/** What a reader of `admitted` decodes when it needs only some fields. */
export function admittedSchemaOf(event: EventDefinition, fields: readonly string[]): AvroRecord {
  const wanted = new Set(fields);
  const only = event.schema.fields.filter((field) => wanted.has(field.name));
  return admittedSchema({ ...event, schema: { ...event.schema, fields: only } });
}

const frontier = record('frontier', [
  ['topic', 'string'],
  ['partition', 'int'],
  ['offset', 'long'],
  ['admittedOffset', 'long'],
  ['mark', 'long'],
  ['away', 'boolean'],
]);

/** The column of an inbox row that holds a field of an event. */
export const inboxColumn = (rawTopic: string, field: string) => `${avroName(rawTopic)}__${field}`;

export function inboxSchema(definition: TopologyDefinition, group: GroupDefinition): AvroRecord {
  const columns: [string, unknown][] = [];
  for (const event of definition.events) {
    if (!(event.topic in group.keys)) continue;
    const used = new Set(fieldsOfGroup(definition, group, event.topic));
    for (const field of event.schema.fields) {
      if (!used.has(field.name)) continue;
      const type = inside(field.type);
      columns.push([
        inboxColumn(event.topic, field.name),
        nullable(Array.isArray(type) ? type.find((t) => t !== 'null') : type),
      ]);
    }
  }
  const name = avroName(group.name);
  return record(`${name}_inbox`, [
    ['before', { type: 'array', items: frontier }],
    ['after', { type: 'array', items: `${NAMESPACE}.frontier` }],
    [
      'rows',
      rowsOf(
        record(`${name}_inbox_row`, [
          ['source', 'int'],
          ['offset', 'long'],
          ['known', 'long'],
          ['time', 'long'],
          ['id', 'string'],
          ['key', nullable('string')],
          ['scored', 'boolean'],
          ['values', sparse(record(`${name}_inbox_values`, columns))],
        ]),
      ),
    ],
  ]);
}

const valueType = (type: 'number' | 'category') => nullable(type === 'number' ? 'float' : 'string');

export function featuresSchema(group: GroupDefinition): AvroRecord {
  const name = avroName(group.name);
  const values = record(
    `${name}_features_values`,
    group.features.map((feature): [string, unknown] => [feature.name, valueType(feature.type)]),
  );
  return record(`${name}_features`, [
    ['inboxPartition', 'int'],
    ['inboxOffset', 'long'],
    [
      'rows',
      rowsOf(
        record(`${name}_features_row`, [
          ['offset', 'long'],
          ['time', 'long'],
          ['key', nullable('string')],
          ['values', values],
        ]),
      ),
    ],
  ]);
}

const keysRecord = (definition: TopologyDefinition, view: ViewDefinition, name: string) => {
  const scored = definition.events.find((event) => event.topic === view.score)!;
  const used = new Set(keyFields(definition, view));
  return record(
    name,
    scored.schema.fields.filter((f) => used.has(f.name)).map((f): [string, unknown] => [f.name, inside(f.type)]),
  );
};

export function vectorsSchema(definition: TopologyDefinition, view: ViewDefinition): AvroRecord {
  const name = avroName(view.name);
  const features = record(
    `${name}_vectors_features`,
    viewColumns(definition, view).map((column): [string, unknown] => [column.name, valueType(column.type)]),
  );
  return record(`${name}_vectors`, [
    ['view', 'string'],
    [
      'rows',
      rowsOf(
        record(`${name}_vectors_row`, [
          ['offset', 'long'],
          ['known', 'long'],
          ['time', 'long'],
          ['id', 'string'],
          ['keys', keysRecord(definition, view, `${name}_vectors_keys`)],
          ['features', features],
          ['missing', { type: 'array', items: 'string' }],
        ]),
      ),
    ],
  ]);
}

export function predictionSchema(definition: TopologyDefinition, view: ViewDefinition): AvroRecord {
  const made = record(`${avroName(view.name)}_prediction`, [
    ['topic', 'string'],
    ['partition', 'int'],
    ['offset', 'long'],
    ['id', 'string'],
    ['time', 'long'],
    ['keys', keysRecord(definition, view, `${avroName(view.name)}_prediction_keys`)],
    ['score', 'float'],
    ['model', 'string'],
    ['version', 'int'],
    ['view', 'string'],
  ]);
  // Later than the others: predictions of before are read as without it.
  const missing = { name: 'missing', type: { type: 'array', items: 'string' }, default: [] };
  return { ...made, fields: [...made.fields, missing] };
}

export const servedSchema: AvroRecord = record('served', [
  ['offset', 'long'],
  ['admittedOffset', 'long'],
  [
    'low',
    rowsOf(
      record('served_low', [
        ['topic', 'string'],
        ['offset', 'long'],
      ]),
    ),
  ],
  ['view', 'string'],
  ['viewHash', 'string'],
  ['model', nullable('string')],
  ['version', nullable('int')],
  ['rows', 'int'],
]);

/** Facts of the `models` log, pointers of `snapshots`, entries of `definitions`, requests of `retrain`: few, small and open. */
export const factSchema: AvroRecord = record('fact', [
  ['kind', 'string'],
  ['at', 'long'],
  ['body', { type: 'string', doc: 'JSON; its form is in docs/contracts.md' } as unknown],
]);
export interface Fact {
  readonly kind: string;
  readonly at: number;
  readonly body: string;
}
