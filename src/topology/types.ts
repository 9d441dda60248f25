/**
 * Writes `schemas/events.ts` from Avro schemas, so that a wrong field does not compile.
 * Pure: text from data; `headrace types` reads and writes the files. The text is formatted as Biome and Prettier leave it
 * (single quotes, width 120), sorted by name, and a function of the schemas alone.
 */
import { HeadraceError } from '../error.js';
import type { RecordSchema } from './definition.js';
import { fieldType } from './field-type.js';

const WIDTH = 120;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * @returns the module: for each schema `export const <name> = schema<{…}>({…});`
 * Error: `SCHEMA_MALFORMED` for what is no record schema, or two of one name.
 */
export function typesSource(schemas: readonly RecordSchema[]): string {
  const sorted = [...schemas].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  sorted.forEach((schema, i) => {
    check(schema);
    if (schema.name === sorted[i - 1]?.name) {
      throw malformed(`two schemas are named ${schema.name}: both would be exported by that name; rename one`);
    }
  });
  return [
    '// Written by `headrace types` from the Avro schemas beside it. Do not edit: change the schema and run it again.',
    "import { schema } from 'headrace';",
    ...sorted.map((schema) => `\n${oneSchema(schema)}`),
    '',
  ].join('\n');
}

function check(schema: RecordSchema): void {
  const { type, name, fields } = (schema ?? {}) as Partial<RecordSchema>;
  if (type !== 'record' || typeof name !== 'string' || !Array.isArray(fields)) {
    throw malformed('a schema is no Avro record: it needs "type": "record", "name" and "fields"');
  }
  const wrong = [name, ...fields.map((field) => String(field?.name ?? ''))].find(
    (candidate) => !IDENTIFIER.test(candidate),
  );
  if (wrong !== undefined) throw malformed(`schema ${name}: ${wrong} is no Avro name (letters, digits and _)`);
}

const malformed = (message: string) => new HeadraceError('SCHEMA_MALFORMED', message, { remedy: 'fix-definition' });

function oneSchema(schema: RecordSchema): string {
  const lines = [...comment(schema.doc, ''), `export const ${schema.name} = schema<{`];
  for (const { name, doc } of schema.fields) {
    const { kind, nullable } = fieldType(schema, name)!;
    const type = kind === 'unsupported' || !nullable ? kind : `${kind} | null`;
    lines.push(...comment(doc, '  '), `  ${name}: '${type}';`);
  }
  return [...lines, `}>(${expanded(schema, '')});`].join('\n');
}

function comment(doc: string | undefined, indent: string): string[] {
  return doc === undefined ? [] : [`${indent}/** ${doc.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ').trim()} */`];
}

/** On one line if it fits behind `indent` and `before`, and has a comma after it; else one entry a line. */
function print(value: unknown, indent: string, before: number): string {
  const line = flat(value);
  return indent.length + before + line.length + 1 <= WIDTH || !isNested(value) ? line : expanded(value, indent);
}

function expanded(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${inner}${print(item, inner, 0)},\n`).join('')}${indent}]`;
  }
  const entries = entriesOf(value as object).map(([key, item]) => {
    // A list of fields is always written one a line.
    const text = key === 'fields' ? expanded(item, inner) : print(item, inner, key.length + 2);
    return `${inner}${key}: ${text},\n`;
  });
  return `{\n${entries.join('')}${indent}}`;
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = entriesOf(value).map(([key, item]) => `${key}: ${flat(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const entriesOf = (value: object) =>
  Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]): [string, unknown] => [IDENTIFIER.test(key) ? key : quoted(key), item]);

const isNested = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** In single quotes, unless that costs more escapes than double ones. */
function quoted(text: string): string {
  const inDouble = JSON.stringify(text);
  if (text.split("'").length > text.split('"').length) return inDouble;
  return `'${inDouble.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
