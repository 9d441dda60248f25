import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import type { RecordSchema } from '../../src/topology/definition.js';
import { typesSource } from '../../src/topology/types.js';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
const schemas = readdirSync(folder)
  .filter((name) => name.endsWith('.avsc'))
  .map((name) => JSON.parse(readFileSync(folder + name, 'utf8')) as RecordSchema);

describe('typesSource', () => {
  test('schemas/events.ts is what it writes: run `headrace types` after a change', () => {
    expect(readFileSync(`${folder}events.ts`, 'utf8')).toBe(typesSource(schemas));
    expect(typesSource([...schemas].reverse())).toBe(typesSource(schemas));
  });

  test('writes kinds with null, and what cannot be read as unsupported', () => {
    const text = typesSource([
      {
        type: 'record',
        name: 'All',
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', type: ['null', 'int'], doc: 'One */ of "two".' },
          { name: 'c', type: { type: 'long', logicalType: 'timestamp-millis' } },
          { name: 'd', type: [{ type: 'enum', name: 'Way', symbols: ['post'] }, 'null'] },
          { name: 'e', type: { type: 'array', items: 'string' } },
          { name: 'f', type: ['int', 'string'] },
          { name: 'g', type: ['null', 'bytes'] },
          { name: 'h', type: 'Way' },
        ],
      },
    ]);
    const kinds = [...text.matchAll(/^ {2}(\w): '(.*)';$/gm)].map(([, name, kind]) => `${name} ${kind}`);
    expect(kinds).toEqual([
      'a string',
      'b int | null',
      'c long',
      'd enum | null',
      'e unsupported',
      'f unsupported',
      'g unsupported',
      'h enum',
    ]);
    expect(text).toContain('/** One *\\/ of "two". */');
  });

  test('what it writes holds the schema itself, whatever is in it', () => {
    const schema = {
      type: 'record' as const,
      name: 'Odd',
      doc: `It's "odd":\n a \\ and a ${'long '.repeat(40)} line`,
      'x-owner': { team: 'a', tags: [], none: {} },
      fields: [{ name: 'a', type: 'string', doc: "'quoted'", default: 'it\'s "so"\u2028' }],
    };
    const module = typesSource([schema]).replace(/^import .*$/m, 'const schema = (record) => record;');
    const code = ts.transpileModule(module, { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText;
    const exports: Record<string, unknown> = {};
    new Function('exports', code)(exports);
    expect(exports.Odd).toEqual(schema);
  });

  test.each([
    ['no record', [{ type: 'enum', name: 'A' }]],
    ['no name', [{ type: 'record', fields: [] }]],
    ['no Avro name', [{ type: 'record', name: 'A-B', fields: [] }]],
    ['a field without a name', [{ type: 'record', name: 'A', fields: [{ type: 'int' }] }]],
    ['no fields', [{ type: 'record', name: 'A', fields: [{ name: 'a b', type: 'int' }] }]],
    ['two of one name', [schemas[0], schemas[0]]],
  ])('refuses %s', (_, wrong) => {
    expect(() => typesSource(wrong as unknown as RecordSchema[])).toThrow(
      expect.objectContaining({ code: 'SCHEMA_MALFORMED' }),
    );
  });
});
