/**
 * A view's vectors over history as one flat Parquet file: the scored event's id fields and time by their own names, then the
 * view's columns.
 * Invariant: no two columns have one name, whatever their case; an event's field that would repeat a column's is called `event_<field>`.
 */
import type { DuckDBValue } from '@duckdb/node-api';
import { type FileColumn, writeParquet } from '../log/parquet.js';
import { type Backfilled, type BackfillOptions, backfillRows } from '../replay/backfill.js';
import type { EventDefinition, Scalar } from '../topology/definition.js';
import { type FieldKind, fieldType } from '../topology/field-type.js';
import { viewColumns } from '../topology/fields.js';

export interface VectorsFileOptions extends BackfillOptions {
  readonly out: string;
}

/** @returns how many rows were written. Errors: `FILE_NOT_FOUND`, `FILE_MALFORMED`, `FILE_NOT_WRITTEN` */
export async function writeVectorsFile(options: VectorsFileOptions): Promise<number> {
  const { definition, view, out } = options;
  const event = definition.events.find(({ topic }) => topic === view.score)!;
  const features = viewColumns(definition, view);
  const own = eventColumns(
    event,
    features.map(({ name }) => name),
  );
  const columns: FileColumn<Backfilled>[] = [
    ...own.map(({ field, column }) => ({
      ...column,
      value: ({ row }: Backfilled) => fileValue(row.event[field], column.type),
    })),
    ...features.map(
      ({ name, type }): FileColumn<Backfilled> => ({
        name,
        type: type === 'number' ? 'FLOAT' : 'VARCHAR',
        value: ({ vector }) => vector.features[name] ?? null,
      }),
    ),
  ];
  return writeParquet(out, columns, oneByOne(backfillRows(options)));
}

async function* oneByOne<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

const TYPES: Readonly<Record<FieldKind, FileColumn<never>['type']>> = {
  long: 'BIGINT',
  int: 'INTEGER',
  // No id is a fraction; if one is, its text is exact.
  double: 'VARCHAR',
  float: 'VARCHAR',
  string: 'VARCHAR',
  enum: 'VARCHAR',
  boolean: 'BOOLEAN',
  unsupported: 'VARCHAR',
};

/** @param features names of the columns that follow */
export function eventColumns(
  event: EventDefinition,
  features: readonly string[],
): { field: string; column: Pick<FileColumn<never>, 'name' | 'type'> }[] {
  const taken = new Set(features.map((name) => name.toLowerCase()));
  return [...new Set([...event.id, event.time])].map((field) => {
    let name = field;
    while (taken.has(name.toLowerCase())) name = `event_${name}`;
    taken.add(name.toLowerCase());
    return { field, column: { name, type: TYPES[fieldType(event.schema, field)!.kind] } };
  });
}

function fileValue(value: Scalar | undefined, type: FileColumn<never>['type']): DuckDBValue {
  if (value === null || value === undefined) return null;
  if (type === 'BIGINT') return BigInt(value);
  return type === 'VARCHAR' ? String(value) : value;
}
