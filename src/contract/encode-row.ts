/**
 * From a vector to a model's row of float32, the same for training and serving.
 * Method: a column's plan is made once; a number goes in as float32, a category as the place of its code in the manifest.
 * Invariant: whatever is missing (null, not finite, a category that training did not see) is the canonical NaN, bits 7fc00000.
 */
import type { Column } from '../topology/fields.js';

/** By column name: the categories seen in training, in the order of their codes; a category's code is its place, from 0. */
export type Codes = Readonly<Record<string, readonly string[]>>;
export type Features = Readonly<Record<string, number | string | null | undefined>>;

export interface RowEncoder {
  readonly width: number;
  /** Writes one row into `out`, from index `at` on. */
  encode(features: Features, out: Float32Array, at: number): void;
  /** The float32 value of one column's value. */
  value(column: number, value: number | string | null | undefined): number;
}

export function rowEncoder(columns: readonly Column[], codes: Codes): RowEncoder {
  const names = columns.map(({ name }) => name);
  const maps = columns.map(({ name, type }) =>
    type === 'category' ? new Map((codes[name] ?? []).map((category, code) => [category, code])) : null,
  );
  const encoded = (column: number, value: number | string | null | undefined): number => {
    const map = maps[column]!;
    if (map !== null) return typeof value === 'string' ? (map.get(value) ?? Number.NaN) : Number.NaN;
    if (typeof value !== 'number') return Number.NaN;
    const rounded = Math.fround(value);
    return Number.isFinite(rounded) ? rounded : Number.NaN;
  };
  return {
    width: columns.length,
    encode(features, out, at) {
      for (let column = 0; column < names.length; column++)
        out[at + column] = encoded(column, features[names[column]!]);
    },
    value: encoded,
  };
}

/**
 * @param rows features by name, as a vector has them
 * @returns row-major [rows, columns]
 */
export function encodeRows(columns: readonly Column[], codes: Codes, rows: readonly Features[]): Float32Array {
  const encoder = rowEncoder(columns, codes);
  const out = new Float32Array(rows.length * columns.length);
  for (let row = 0; row < rows.length; row++) encoder.encode(rows[row]!, out, row * columns.length);
  return out;
}
