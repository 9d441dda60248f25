/**
 * Rows of a Parquet file, by DuckDB: in the file's order, a chunk (2,048 rows) at a time, so that a year costs no more memory
 * than a day. Hot: values are cast in SQL and moved column by column.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type { Scalar } from '../../topology/definition.js';
import type { FieldKind } from '../../topology/field-type.js';
import { type FileField, malformed, type Row } from './row.js';

const SMALL_INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT'];
const INTEGERS = [...SMALL_INTEGERS, 'UINTEGER', 'BIGINT', 'UBIGINT'];
const NUMBERS = [...INTEGERS, 'FLOAT', 'DOUBLE', 'DECIMAL'];
const INSTANTS = ['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE'];

/** The column types that a field of this kind reads. */
const READS: Record<Exclude<FieldKind, 'unsupported'>, readonly string[]> = {
  long: [...INTEGERS, ...INSTANTS],
  int: SMALL_INTEGERS,
  double: NUMBERS,
  float: NUMBERS,
  string: ['VARCHAR', 'ENUM', 'UUID'],
  enum: ['VARCHAR', 'ENUM'],
  boolean: ['BOOLEAN'],
};

export async function* readParquet(file: string, fields: readonly FileField[]): AsyncGenerator<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const attempt = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw malformed(file, `it cannot be read as Parquet: ${(cause as Error).message}`, { cause });
    }
  };
  try {
    const source = `read_parquet(${quoted(file.replaceAll(/[*?[]/g, (special) => `[${special}]`))})`;
    const described = await attempt(connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`));
    const types = new Map(described.getRows().map((row) => [String(row[0]), String(row[1])]));
    const expressions = fields.map((field) => columnOf(file, field, types));
    const wanted = fields.filter(({ isWanted }) => isWanted);
    const others = fields.filter(({ isWanted, nullable }) => !isWanted && !nullable);
    const select = [...expressions.filter((_, i) => fields[i]!.isWanted), ...absentOf(others)].join(', ');
    const result = await attempt(connection.stream(`SELECT ${select} FROM ${source}`));
    for (let before = 0; ; ) {
      const chunk = await attempt(result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      const columns = chunk.getColumns() as Scalar[][];
      if (others.length > 0) checkAbsent(file, others, columns.pop()!, before);
      yield rowsOf(file, wanted, columns, chunk.rowCount, before);
      before += chunk.rowCount;
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function columnOf(file: string, field: FileField, types: ReadonlyMap<string, string>): string {
  const { name, kind } = field;
  const type = types.get(name);
  if (type === undefined) {
    throw malformed(file, `column ${name} is missing; it has ${[...types.keys()].join(', ')}`, { column: name });
  }
  const family = type.replace(/\(.*/, '');
  const reads = READS[kind as keyof typeof READS];
  if (!reads.includes(family)) {
    throw malformed(file, `column ${name} is ${type}, which a field of type ${kind} cannot read`, { column: name });
  }
  const column = `"${name}"`;
  if (INSTANTS.includes(family)) return `CAST(epoch_ms(${column}) AS DOUBLE)`;
  if (kind === 'float') return `CAST(CAST(${column} AS FLOAT) AS DOUBLE)`;
  if (kind === 'long' || kind === 'double') return `CAST(${column} AS DOUBLE)`;
  return kind === 'string' || kind === 'enum' ? `CAST(${column} AS VARCHAR)` : column;
}

/** One column for the fields that rows do not bring: which of them is null where it may not be, or null where none is. */
function absentOf(others: readonly FileField[]): string[] {
  if (others.length === 0) return [];
  return [`CASE ${others.map(({ name }, i) => `WHEN "${name}" IS NULL THEN ${i}`).join(' ')} END`];
}

function checkAbsent(file: string, others: readonly FileField[], absent: readonly Scalar[], before: number): void {
  for (let i = 0; i < absent.length; i++) {
    if (absent[i] !== null) throw isNull(file, others[absent[i] as number]!.name, before + i + 1);
  }
}

function rowsOf(file: string, fields: readonly FileField[], columns: Scalar[][], count: number, before: number): Row[] {
  const rows = new Array<Row>(count);
  for (let i = 0; i < count; i++) rows[i] = {};
  for (let j = 0; j < fields.length; j++) {
    const { name, nullable } = fields[j]!;
    const column = columns[j]!;
    for (let i = 0; i < count; i++) {
      const value = column[i]!;
      if (value === null && !nullable) throw isNull(file, name, before + i + 1);
      rows[i]![name] = value;
    }
  }
  return rows;
}

const isNull = (file: string, column: string, row: number) =>
  malformed(file, `column ${column} is null in row ${row}, which its field does not allow`, { column, row });

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
