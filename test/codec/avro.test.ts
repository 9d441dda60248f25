/** Schemas evolve while readers run: what Avro's rules allow is read, value by value where they say so; what they forbid is named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';

type Fields = readonly { name: string; type: unknown; default?: unknown; aliases?: string[] }[];
const record = (fields: Fields, name = 'Call') => ({ type: 'record', name, fields });
const kind = (symbols: readonly string[], more = {}) => ({ type: 'enum', name: 'Kind', symbols, ...more });

/** What is read of a value, by another codec than the writer's. */
async function read(written: unknown, value: unknown, wanted: unknown) {
  const registry = memoryRegistry();
  const { encode } = await new Codec(registry).writer('calls', written, { wide: true });
  const reader = new Codec(registry).reader(wanted, { wide: true });
  const bytes = encode(value);
  await reader.prepare([bytes]);
  return reader.decode(bytes);
}

const LONG = [{ name: 'a', type: 'long' }];
const TIME = [{ name: 'a', type: { type: 'long', logicalType: 'timestamp-millis' } }];
const MAYBE = [{ name: 'a', type: ['null', 'long'] }];

describe('read by the rules', () => {
  test.each<[string, Fields, unknown, Fields, unknown]>([
    [
      'a new field with a default',
      LONG,
      { a: 1 },
      [...LONG, { name: 'b', type: 'string', default: 'x' }],
      { a: 1, b: 'x' },
    ],
    ['a field that is gone', [...LONG, { name: 'b', type: 'string' }], { a: 1, b: 'x' }, LONG, { a: 1 }],
    ['int as long', [{ name: 'a', type: 'int' }], { a: 1 }, LONG, { a: 1 }],
    ['int as a time', [{ name: 'a', type: 'int' }], { a: 1 }, TIME, { a: 1 }],
    ['long as double', LONG, { a: 2 ** 53 + 2 }, [{ name: 'a', type: 'double' }], { a: 2 ** 53 + 2 }],
    [
      'another name, by alias',
      [{ name: 'z', type: 'long' }],
      { z: 1 },
      [{ name: 'a', type: 'long', aliases: ['z'] }],
      { a: 1 },
    ],
    ['a value where null is allowed now', LONG, { a: 1 }, MAYBE, { a: 1 }],
    ['a value of a nullable field as one that is not', MAYBE, { a: 1 }, LONG, { a: 1 }],
    ['a value of a wider union', [{ name: 'a', type: ['null', 'long', 'string'] }], { a: 7 }, MAYBE, { a: 7 }],
    ['null of a wider union', [{ name: 'a', type: ['null', 'long', 'string'] }], { a: null }, MAYBE, { a: null }],
    [
      'a value of a union with two numbers',
      [{ name: 'a', type: ['null', 'int', 'double'] }],
      { a: { double: 0.5 } },
      [{ name: 'a', type: ['null', 'double'] }],
      { a: 0.5 },
    ],
    [
      'a known symbol of a wider enum',
      [{ name: 'a', type: kind(['A', 'B', 'C']) }],
      { a: 'B' },
      [{ name: 'a', type: kind(['B', 'A']) }],
      { a: 'B' },
    ],
    [
      'an unknown symbol, by default',
      [{ name: 'a', type: kind(['A', 'B', 'C']) }],
      { a: 'C' },
      [{ name: 'a', type: kind(['A', 'B'], { default: 'A' }) }],
      { a: 'A' },
    ],
  ])('%s', async (_, written, value, wanted, expected) => {
    expect(await read(record(written), value, record(wanted))).toEqual(expected);
  });

  test('everything at once, in nested records, arrays and maps', async () => {
    const inner = (fields: Fields) => record(fields, 'In');
    const written = record([
      {
        name: 'list',
        type: {
          type: 'array',
          items: inner([
            { name: 'k', type: kind(['A', 'B', 'C']) },
            { name: 'x', type: 'int' },
          ]),
        },
      },
      { name: 'by', type: { type: 'map', values: ['null', 'long', 'string'] } },
      { name: 'f', type: 'float' },
    ]);
    const wanted = record([
      { name: 'by', type: { type: 'map', values: ['null', 'long'] } },
      {
        name: 'list',
        type: {
          type: 'array',
          items: inner([
            { name: 'y', type: 'long', aliases: ['x'] },
            { name: 'k', type: kind(['A', 'B']) },
          ]),
        },
      },
      { name: 'f', type: 'double' },
    ]);
    const value = {
      list: [
        { k: 'A', x: 3 },
        { k: 'B', x: 4 },
      ],
      by: { one: 5, two: null },
      f: 1.5,
    };
    expect(await read(written, value, wanted)).toEqual({
      list: [
        { y: 3, k: 'A' },
        { y: 4, k: 'B' },
      ],
      by: { one: 5, two: null },
      f: 1.5,
    });
  });

  test('a namespace does not count', async () => {
    expect(await read({ ...record(LONG), namespace: 'new.home' }, { a: 1 }, record(LONG))).toEqual({ a: 1 });
  });

  test('value by value gives what a resolver gives, on random records', async () => {
    const value = fc.record({
      a: fc.maxSafeInteger(),
      k: fc.constantFrom('A', 'B'),
      n: fc.option(fc.double({ noNaN: true })),
      s: fc.string(),
    });
    const written = (symbols: string[]) =>
      record([
        { name: 'a', type: 'long' },
        { name: 'k', type: kind(symbols) },
        { name: 'n', type: ['null', 'double'] },
        { name: 's', type: 'string' },
      ]);
    const wanted = record([
      { name: 's', type: ['null', 'string'] },
      { name: 'n', type: ['null', 'double'] },
      { name: 'k', type: kind(['A', 'B']) },
      { name: 'a', type: 'double' },
    ]);
    await fc.assert(
      fc.asyncProperty(value, async (one) => {
        expect(await read(written(['A', 'B', 'C']), one, wanted)).toEqual(await read(written(['A', 'B']), one, wanted));
      }),
    );
  });
});

describe('what does not fit', () => {
  test.each<[string, Fields, unknown, Fields, string]>([
    [
      'null of a field that is never null',
      MAYBE,
      { a: null },
      LONG,
      'by schema 1: field a: null cannot be read as long',
    ],
    [
      'a branch that the reader lacks',
      [{ name: 'a', type: ['null', 'long', 'string'] }],
      { a: 'x' },
      MAYBE,
      'field a: string cannot be read as long',
    ],
    [
      'an unknown symbol',
      [{ name: 'a', type: kind(['A', 'B', 'C']) }],
      { a: 'C' },
      [{ name: 'a', type: kind(['A', 'B']) }],
      'field a: C is no symbol of enum Kind, which has no default',
    ],
  ])('one value: %s', async (_, written, value, wanted, message) => {
    await expect(read(record(written), value, record(wanted))).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: expect.stringContaining(message),
    });
  });

  test.each<[string, Fields, Fields, string]>([
    ['another type', [{ name: 'a', type: 'string' }], LONG, 'field a: string cannot be read as long'],
    [
      'a nullable field of another type',
      [{ name: 'a', type: ['null', 'string'] }],
      MAYBE,
      'field a: string cannot be read as long',
    ],
    [
      'a field that is gone, without a default',
      [],
      LONG,
      'field a: the writer has none of that name, and it has no default',
    ],
    [
      'an enum of other symbols',
      [{ name: 'a', type: kind(['X']) }],
      [{ name: 'a', type: kind(['A']) }],
      'field a: enum Kind has no symbol of enum Kind',
    ],
    [
      'a nested field',
      [{ name: 'a', type: record([{ name: 'b', type: 'string' }], 'In') }],
      [{ name: 'a', type: record([{ name: 'b', type: 'int' }], 'In') }],
      'field a.b: string cannot be read as int',
    ],
  ])('every value: %s', async (_, written, wanted, message) => {
    const value = Object.fromEntries(
      written.map(({ name, type }) => [
        name,
        type === 'string' ? 'x' : JSON.stringify(type).includes('In') ? { b: 'x' } : Array.isArray(type) ? null : 'X',
      ]),
    );
    await expect(read(record(written), value, record(wanted))).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringMatching(`schema 1 cannot be read as Call: ${message}; give the topology a schema`),
    });
  });
});
