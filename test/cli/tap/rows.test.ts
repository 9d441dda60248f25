import { expect, test } from 'vitest';
import { rowsOf } from '../../../src/cli/tap/rows.js';
import type { LogRecord } from '../../../src/log/log.js';

const at = { topic: 't', partition: 3 };
const record = (more: Partial<LogRecord> = {}): LogRecord => ({
  offset: 7,
  timestamp: 1000,
  key: null,
  value: null,
  headers: {},
  ...more,
});

test('a frame is unrolled: a row each, with the frame’s place and what stands in the frame for all', () => {
  const frame = { view: 'hash', rows: [{ offset: 1 }, { offset: 2 }] };
  const shown = { kind: 'avro', form: 'frame', value: frame } as const;
  expect(rowsOf(at, record({ key: Buffer.from('k') }), shown, false)).toEqual([
    { partition: 3, offset: 7, row: 0, timestamp: 1000, key: 'k', value: { view: 'hash', offset: 1 } },
    { partition: 3, offset: 7, row: 1, timestamp: 1000, key: 'k', value: { view: 'hash', offset: 2 } },
  ]);
  expect(rowsOf(at, record(), shown, true)).toEqual([{ partition: 3, offset: 7, timestamp: 1000, value: frame }]);
});

test('an inbox row names its raw partition; a frame without rows is seen with frames only', () => {
  const after = [
    { topic: 'departures', partition: 0 },
    { topic: 'arrivals', partition: 2 },
  ];
  const value = { before: [], after, rows: [{ source: 1, offset: 5, key: 'JFK' }] };
  const [row] = rowsOf(at, record(), { kind: 'avro', form: 'frame', value }, false);
  expect(row!.value).toEqual({ topic: 'arrivals', partition: 2, offset: 5, key: 'JFK' });
  const mark = { kind: 'avro', form: 'frame', value: { before: 1, after: 2, known: 3, mark: 4, rows: [] } } as const;
  expect(rowsOf(at, record(), mark, false)).toEqual([]);
  expect(rowsOf(at, record(), mark, true)).toHaveLength(1);
});

test('a fact’s body is parsed, unless it is no JSON', () => {
  const fact = (body: string) =>
    rowsOf(at, record(), { kind: 'avro', form: 'fact', value: { kind: 'k', at: 1, body } }, false);
  expect(fact('{"a":[1]}')[0]!.value).toEqual({ kind: 'k', at: 1, body: { a: [1] } });
  expect(fact('{')[0]!.value).toEqual({ kind: 'k', at: 1, body: '{' });
});

test('marks, headers, binary keys and unreadable values', () => {
  const headers = { 'headrace-known-until': Buffer.from('12'), raw: Buffer.from([255]) };
  expect(rowsOf(at, record({ headers, key: Buffer.from([0]) }), { kind: 'null' }, false)).toEqual([
    {
      partition: 3,
      offset: 7,
      timestamp: 1000,
      key: { base64: 'AA==' },
      headers: { 'headrace-known-until': '12', raw: { base64: '/w==' } },
      value: null,
    },
  ]);
  const bytes = { kind: 'bytes', value: { text: 'x' }, unreadable: 'why' } as const;
  expect(rowsOf(at, record(), bytes, false)).toEqual([
    { partition: 3, offset: 7, timestamp: 1000, unreadable: 'why', value: { text: 'x' } },
  ]);
});
