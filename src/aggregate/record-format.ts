/**
 * Rows as bytes: the body of a chunk's record, and the tail in an entity's header.
 * Layout: how many; times as differences; ids; then each field: a flag, a bitmap of what is missing (if any), the values.
 * Invariants: the same rows give the same bytes; numbers are exact (whole ones of 32 bits are written short).
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { type Columns, type FieldColumn, putNumber, putText } from './columns.js';
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
    out.text(rows.id(i));
  }
  for (const field of columns.fields) writeField(rows, field, from, to, out);
}

function writeField(rows: Rows, field: FieldColumn, from: number, to: number, out: ByteWriter): void {
  const base = field.column * rows.capacity;
  if (field.kind === 'text') writeTexts(rows.texts, base + from, base + to, out);
  else writeNumbers(rows.data, field.kind === 'boolean', base + from, base + to, out);
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

/**
 * Reads rows into `rows`, which has none yet: columns as they are stored, and what is derived of them. Hot: once an entity that is loaded.
 * @param room for rows that are expected behind them
 */
export function readRows(columns: Columns, rows: Rows, from: ByteReader, room = 0): void {
  const count = from.natural();
  // A row takes two bytes at least.
  if (count > from.left) from.fail('ends early');
  rows.begin(count, count + room);
  let time = 0;
  for (let i = 0; i < count; i++) {
    time = i === 0 ? from.integer() : time + from.natural();
    rows.data[i] = time;
    rows.setId(i, from.text());
  }
  for (let f = 0; f < columns.fields.length; f++) readField(columns.fields[f]!, rows, count, from);
  if (columns.hasDerived) for (let i = 0; i < count; i++) columns.derive(rows, i, columns.valuesAt(rows, i));
}

function readField(column: FieldColumn, rows: Rows, count: number, from: ByteReader): void {
  const { kind, field } = column;
  const flags = from.byte();
  if (((flags & TEXTS) !== 0) !== (kind === 'text')) from.fail(`holds a value of field ${field} that is no ${kind}`);
  const missing = (flags & ANY_MISSING) === 0 ? null : readMissing(count, from);
  for (let i = 0; i < count; i++) {
    const isMissing = missing !== null && (missing[i >> 3]! & (1 << (i & 7))) !== 0;
    if (kind === 'text') putText(rows, i, column, isMissing ? null : from.text());
    else if (isMissing) putNumber(rows, i, column, Number.NaN);
    else if (kind === 'boolean') putNumber(rows, i, column, from.byte() === 1 ? 1 : 0);
    else putNumber(rows, i, column, (flags & SHORT) !== 0 ? from.integer() : from.double());
  }
}

function readMissing(count: number, from: ByteReader): number[] {
  const missing: number[] = [];
  for (let i = 0; i < count; i += 8) missing.push(from.byte());
  return missing;
}

/** Goes over rows, of which nothing is made. @returns the time of the last one; NaN where there is none */
export function skipRows(columns: Columns, from: ByteReader): number {
  const count = from.natural();
  let time = Number.NaN;
  for (let i = 0; i < count; i++) {
    time = i === 0 ? from.integer() : time + from.natural();
    from.skipText();
  }
  for (let f = 0; f < columns.fields.length; f++) skipField(columns.fields[f]!, count, from);
  return time;
}

function skipField({ kind }: FieldColumn, count: number, from: ByteReader): void {
  const flags = from.byte();
  const missing = (flags & ANY_MISSING) === 0 ? null : readMissing(count, from);
  for (let i = 0; i < count; i++) {
    if (missing !== null && (missing[i >> 3]! & (1 << (i & 7))) !== 0) continue;
    if (kind === 'text') from.skipText();
    else if (kind === 'boolean') from.byte();
    else if ((flags & SHORT) !== 0) from.integer();
    else from.double();
  }
}
