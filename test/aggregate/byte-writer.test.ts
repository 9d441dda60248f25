import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/aggregate/byte-reader.js';
import { ByteWriter } from '../../src/aggregate/byte-writer.js';

const item = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('natural' as const), value: fc.oneof(fc.maxSafeNat(), fc.nat(300)) }),
  fc.record({ kind: fc.constant('integer' as const), value: fc.oneof(fc.maxSafeInteger(), fc.integer()) }),
  fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'binary' }) }),
  fc.record({ kind: fc.constant('value' as const), value: fc.oneof(fc.double(), fc.string({ unit: 'binary' })) }),
);

test('what is written is read, to the bit, and to the end', () => {
  fc.assert(
    fc.property(fc.array(item), (items) => {
      const out = new ByteWriter();
      for (const { kind, value } of items) (out[kind] as (value: unknown) => void).call(out, value);
      const bytes = out.take();
      const from = new ByteReader(bytes, 'test');
      for (const { kind, value } of items) expect(from[kind]()).toBe(value);
      from.end();
      if (bytes.length > 0) {
        const cut = new ByteReader(bytes.subarray(0, -1), 'the record');
        expect(() => {
          for (const { kind } of items) cut[kind]();
        }).toThrow(/the record ends early/);
      }
    }),
  );
});

test('whole numbers are short', () => {
  const lengths = [0, 127, 128, -1, 62, 2 ** 31, Number.MAX_SAFE_INTEGER].map((value) => {
    const out = new ByteWriter();
    out.integer(value);
    return out.take().length;
  });
  expect(lengths).toEqual([1, 2, 2, 1, 1, 5, 9]);
});

test('bytes too many, and numbers without an end, are errors', () => {
  expect(() => new ByteReader(Buffer.from([1]), 'r').end()).toThrow(/r has bytes too many/);
  expect(() => new ByteReader(Buffer.alloc(20, 0xff), 'r').natural()).toThrow(/STATE_UNREADABLE|r holds a number/);
});
