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
  for (const field of columns.fields) writeField(rows, field, from, to, out);
}

function writeField(rows: Rows, field: FieldColumn, from: number, to: number, out: ByteWriter): void {
  if (field.kind === 'text') writeTexts(rows.texts[field.column]!, from, to, out);
  else {
    const base = field.column * rows.capacity;
    writeNumbers(rows.data, field.kind === 'boolean', base + from, base + to, out);
  }
}

function writeTexts(texts: readonly (string | null)[], from: number, to: number, out: ByteWriter): void {
  let anyMissing = false;
  for (let i = from; i < to; i++) if (texts[i] === null) anyMissing = true;
  out.byte((anyMissing ? ANY_MISSING : 0) | TEXTS);
  if (anyMissing) writeMissing(from, to, (i) => texts[i] === null, out);
  for (let i = from; i < to; i++) {
    const value = texts[i]!;
    if (value !== null) out.text(value);
  }
}

function writeNumbers(data: readonly number[], isBoolean: boolean, from: number, to: number, out: ByteWriter): void {
  let anyMissing = false;
  let short = !isBoolean;
  for (let i = from; i < to; i++) {
    const value = data[i]!;
    if (Number.isNaN(value)) anyMissing = true;
    else if (short && !isShort(value)) short = false;
  }
  out.byte((anyMissing ? ANY_MISSING : 0) | (short ? SHORT : 0));
  if (anyMissing) writeMissing(from, to, (i) => Number.isNaN(data[i]!), out);
  for (let i = from; i < to; i++) {
    const value = data[i]!;
    if (Number.isNaN(value)) continue;
    if (isBoolean) out.byte(value);
    else if (short) out.integer(value);
    else out.double(value);
  }
}

/** A bit a row, the first one the lowest of its byte. */
function writeMissing(from: number, to: number, isMissing: (row: number) => boolean, out: ByteWriter): void {
  for (let i = from; i < to; i += 8) {
    let bits = 0;
    for (let bit = 0; bit < 8 && i + bit < to; bit++) if (isMissing(i + bit)) bits |= 1 << bit;
    out.byte(bits);
  }
}

/** Whole, of 32 bits, and not -0. */
const isShort = (value: number) =>
  Math.abs(value) <= SHORT_MAX && (value | 0) === value && (value !== 0 || 1 / value > 0);

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
