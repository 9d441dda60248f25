/** Rows of a file with one JSON object a line. An absent key is null where its field may be null; empty lines are skipped. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Scalar } from '../../topology/definition.js';
import { type FileField, malformed, type Row } from './row.js';

const BATCH_ROWS = 2048;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

export async function* readNdjson(file: string, fields: readonly FileField[]): AsyncGenerator<Row[]> {
  const stream = createReadStream(file, 'utf8');
  try {
    let batch: Row[] = [];
    let number = 0;
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() === '') continue;
      batch.push(rowOf(file, number, line, fields));
      if (batch.length === BATCH_ROWS) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    stream.destroy();
  }
}

function rowOf(file: string, line: number, text: string, fields: readonly FileField[]): Row {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, `line ${line} is no JSON: ${(cause as Error).message}`, { line, cause });
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw malformed(file, `line ${line} is no JSON object`, { line });
  }
  const row: Row = {};
  for (const field of fields) {
    const { name, kind, nullable, isWanted } = field;
    const value = Object.hasOwn(read, name) ? (read as Record<string, unknown>)[name] : undefined;
    if (value === undefined || value === null) {
      if (nullable && isWanted) row[name] = null;
      else if (!nullable) {
        const what = value === null ? 'null' : 'missing';
        throw malformed(file, `line ${line}: ${name} is ${what}, which its field does not allow`, {
          line,
          column: name,
        });
      }
    } else if (holds(field, value)) {
      if (isWanted) row[name] = kind === 'float' ? Math.fround(value as number) : value;
    } else {
      throw malformed(file, `line ${line}: ${name} is ${JSON.stringify(value)}, which is no ${kind}`, {
        line,
        column: name,
      });
    }
  }
  return row;
}

function holds({ kind }: FileField, value: unknown): value is Exclude<Scalar, null> {
  switch (kind) {
    case 'long':
      return Number.isInteger(value);
    case 'int':
      return Number.isInteger(value) && (value as number) >= INT_MIN && (value as number) <= INT_MAX;
    case 'double':
    case 'float':
      return typeof value === 'number';
    case 'string':
    case 'enum':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'unsupported':
      return false;
  }
}
