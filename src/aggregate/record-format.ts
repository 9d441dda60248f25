/**
 * Rows as bytes: the body of a chunk's record, and the tail in an entity's header.
 * Layout: how many; times as differences; ids; then each field: a flag, a bitmap of what is missing (if any), the values.
 * Invariants: the same rows give the same bytes; numbers are exact (whole ones of 32 bits are written short).
 */
import type { Scalar } from '../topology/definition.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { Columns, FieldColumn } from './columns.js';
import type { Rows } from './rows.js';

/** Flags of a field. */
const ANY_MISSING = 1;
const SHORT = 2;
const TEXTS = 4;
const SHORT_MAX = 0x7fff_ffff;

export function writeRows(columns: Columns, rows: Rows, from: number, to: number, out: ByteWriter): void {
  out.natural(to - from);
  for (let i = from; i < to; i++) {
    if (i === from) out.integer(rows.data[i]!);
    else out.natural(rows.data[i]! - rows.data[i - 1]!);
    out.text(rows.ids[i]!);
  }
  for (const field of columns.fields) writeField(columns, rows, field, from, to, out);
}

function writeField(columns: Columns, rows: Rows, field: FieldColumn, from: number, to: number, out: ByteWriter): void {
  const { kind } = field;
  let anyMissing = false;
  let short = kind === 'number';
  for (let i = from; i < to; i++) {
    const value = columns.valueAt(rows, i, field);
    if (value === null) anyMissing = true;
    else if (short && !isShort(value as number)) short = false;
  }
  out.byte((anyMissing ? ANY_MISSING : 0) | (short ? SHORT : 0) | (kind === 'text' ? TEXTS : 0));
  if (anyMissing) {
    for (let i = from; i < to; i += 8) {
      let bits = 0;
      for (let bit = 0; bit < 8 && i + bit < to; bit++) {
        if (columns.valueAt(rows, i + bit, field) === null) bits |= 1 << bit;
      }
      out.byte(bits);
    }
  }
  for (let i = from; i < to; i++) {
    const value = columns.valueAt(rows, i, field);
    if (value === null) continue;
    if (typeof value === 'string') out.text(value);
    else if (typeof value === 'boolean') out.byte(value ? 1 : 0);
    else if (short) out.integer(value);
    else out.double(value);
  }
}

const isShort = (value: number) =>
  Number.isInteger(value) && Math.abs(value) <= SHORT_MAX && !(value === 0 && Object.is(value, -0));

/** Reads rows to the end of `rows`. */
export function readRows(columns: Columns, rows: Rows, from: ByteReader): void {
  const count = from.natural();
  const times: number[] = [];
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    times.push(i === 0 ? from.integer() : times[i - 1]! + from.natural());
    ids.push(from.text());
  }
  const fields = columns.fields.map((field) => readField(field, count, from));
  const values: Scalar[] = new Array(fields.length).fill(null);
  rows.resize(Math.max(rows.capacity, rows.end + count));
  for (let i = 0; i < count; i++) {
    for (let f = 0; f < fields.length; f++) values[f] = fields[f]![i]!;
    rows.insert(rows.end, times[i]!, ids[i]!, values);
  }
}

function readField({ kind, field }: FieldColumn, count: number, from: ByteReader): Scalar[] {
  const flags = from.byte();
  if (((flags & TEXTS) !== 0) !== (kind === 'text')) from.fail(`holds a value of field ${field} that is no ${kind}`);
  const missing: number[] = [];
  if ((flags & ANY_MISSING) !== 0) for (let i = 0; i < count; i += 8) missing.push(from.byte());
  const values: Scalar[] = [];
  for (let i = 0; i < count; i++) {
    if (((missing[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) values.push(null);
    else if (kind === 'text') values.push(from.text());
    else if (kind === 'boolean') values.push(from.byte() === 1);
    else values.push((flags & SHORT) !== 0 ? from.integer() : from.double());
  }
  return values;
}
