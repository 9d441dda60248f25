/** How large a row's values become in Avro, at most: frames are cut by it, before they are encoded. */
import type { Scalar } from '../topology/definition.js';

/** A number as a double or long with its union branch; a text takes at most three bytes a UTF-16 unit, and its length. */
const NUMBER_BYTES = 11;
const TEXT_BYTES = 6;

export const textBytes = (text: string | null) => (text === null ? 1 : TEXT_BYTES + text.length * 3);

/** @param values by name; what is no scalar is taken by its JSON */
export function valuesBytes(values: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const name in values) {
    const value = values[name] as Scalar | object | undefined;
    if (typeof value === 'string') bytes += textBytes(value);
    else if (typeof value === 'object' && value !== null) bytes += textBytes(JSON.stringify(value));
    else bytes += NUMBER_BYTES;
  }
  return bytes;
}

/** Cuts rows into runs of at most `rowsMax` rows and, where a row alone is not larger, `bytesMax` bytes. */
export function cutRows<Row>(
  rows: readonly Row[],
  bytesOf: (row: Row) => number,
  bounds: { readonly rowsMax: number; readonly bytesMax: number },
): Row[][] {
  const runs: Row[][] = [];
  let run: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (run.length > 0 && (run.length >= bounds.rowsMax || bytes + size > bounds.bytesMax)) {
      runs.push(run);
      run = [];
      bytes = 0;
    }
    run.push(row);
    bytes += size;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
