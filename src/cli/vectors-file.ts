/**
 * A view's vectors over history as one flat Parquet file: the scored event's id fields and time by their own names, then the
 * view's columns.
 * Method: `backfill` answers the events of the scored file in its order, so the file is read once more beside it for the id fields;
 * each pair is checked by the event's id.
 * Invariant: no two columns have one name, whatever their case; an event's field that would repeat a column's is called `event_<field>`.
 */
import type { DuckDBValue } from '@duckdb/node-api';
import type { VectorsRow } from '../contract/frames.js';
import { assert } from '../error.js';
import { readEvents } from '../log/files.js';
import { type FileColumn, writeParquet } from '../log/parquet.js';
import { backfill } from '../replay/backfill.js';
import type { EventDefinition, Scalar, TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { eventId } from '../topology/event-id.js';
import { type FieldKind, fieldType } from '../topology/field-type.js';
import { viewColumns } from '../topology/fields.js';

export interface VectorsFileOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  readonly from: string;
  readonly out: string;
  /** @param read events of all files so far */
  readonly onProgress: (read: number) => void;
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
  const columns: FileColumn<Pair>[] = [
    ...own.map(({ field, column }) => ({ ...column, value: ({ row }: Pair) => fileValue(row[field], column.type) })),
    ...features.map(
      ({ name, type }): FileColumn<Pair> => ({
        name,
        type: type === 'number' ? 'FLOAT' : 'VARCHAR',
        value: ({ vector }) => vector.features[name] ?? null,
      }),
    ),
  ];
  return writeParquet(out, columns, pairs(options, event));
}

interface Pair {
  readonly row: Readonly<Record<string, Scalar>>;
  readonly vector: VectorsRow;
}

/** Each vector beside its own event. */
async function* pairs({ definition, view, from, onProgress }: VectorsFileOptions, event: EventDefinition) {
  const events = oneByOne(readEvents(event, from));
  try {
    for await (const vectors of backfill({ definition, view, from, onProgress })) {
      for (const vector of vectors) {
        const { value: row } = await events.next();
        assert(
          row !== undefined && eventId(event.id, row) === vector.id,
          `vector ${vector.id} stands beside its own event of ${event.topic}`,
        );
        yield { row, vector };
      }
    }
  } finally {
    await events.return(undefined);
  }
}

async function* oneByOne<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T, undefined> {
  for await (const batch of batches) yield* batch;
  return undefined;
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
