/**
 * A view's vectors over history as one flat Parquet file: the scored event's id fields and time by their own names, then the
 * view's columns.
 * Method: `backfill` answers the events of the scored file in its order, so the file is read once more beside it for the id fields;
 * each pair is checked by the event's id.
 * Invariant: no two columns have one name, whatever their case; an event's field that would repeat a column's is called `event_<field>`.
 */
import { assert } from '../error.js';
import { readEvents } from '../log/files.js';
import { type ColumnType, type ParquetColumn, type ParquetValue, ParquetWriter } from '../log/parquet-writer.js';
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
  const { definition, view, from, out, onProgress } = options;
  const event = definition.events.find(({ topic }) => topic === view.score)!;
  const features = viewColumns(definition, view);
  const own = eventColumns(
    event,
    features.map(({ name }) => name),
  );
  const writer = await ParquetWriter.open(out, [
    ...own.map(({ column }) => column),
    ...features.map(({ name, type }): ParquetColumn => ({ name, type: type === 'number' ? 'float' : 'string' })),
  ]);
  const events = oneByOne(readEvents(event, from));
  try {
    for await (const vectors of backfill({ definition, view, from, onProgress })) {
      for (const vector of vectors) {
        const { value: row } = await events.next();
        assert(
          row !== undefined && eventId(event.id, row) === vector.id,
          `vector ${vector.id} stands beside its own event of ${event.topic}`,
        );
        const values: ParquetValue[] = own.map(({ field, column }) => parquetValue(row[field], column.type));
        for (const { name } of features) values.push(vector.features[name] ?? null);
        writer.append(values);
      }
    }
  } finally {
    await events.return(undefined);
  }
  await writer.close();
  return writer.rows;
}

async function* oneByOne<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T, undefined> {
  for await (const batch of batches) yield* batch;
  return undefined;
}

const TYPES: Readonly<Record<FieldKind, ColumnType>> = {
  long: 'long',
  int: 'int',
  // No id is a fraction; if one is, its text is exact.
  double: 'string',
  float: 'string',
  string: 'string',
  enum: 'string',
  boolean: 'boolean',
  unsupported: 'string',
};

/** @param features names of the columns that follow */
export function eventColumns(
  event: EventDefinition,
  features: readonly string[],
): { field: string; column: ParquetColumn }[] {
  const taken = new Set(features.map((name) => name.toLowerCase()));
  return [...new Set([...event.id, event.time])].map((field) => {
    let name = field;
    while (taken.has(name.toLowerCase())) name = `event_${name}`;
    taken.add(name.toLowerCase());
    return { field, column: { name, type: TYPES[fieldType(event.schema, field)!.kind] } };
  });
}

function parquetValue(value: Scalar | undefined, type: ColumnType): ParquetValue {
  if (value === null || value === undefined) return null;
  return type === 'string' ? String(value) : value;
}
