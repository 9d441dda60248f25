import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, utf8BytesMax, writeUtf8 } from '../../src/aggregate/utf8.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}', 'é'), { maxLength: 4 })
    .map((list) => list.join('')),
);

test('orders as the bytes do', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1000 },
  );
});
test('writes the bytes that a buffer has', () => {
  fc.assert(
    fc.property(text, (a) => {
      const bytes = new Uint8Array(utf8BytesMax(a) + 1);
      const end = writeUtf8(a, bytes, 1);
      expect(Buffer.from(bytes.subarray(1, end))).toEqual(Buffer.from(a));
    }),
  );
});
test('half a pair is U+FFFD', () => {
  for (const half of ['\ud83d', '\ude00', '\ud83dx']) {
    const bytes = new Uint8Array(12);
    expect(Buffer.from(bytes.subarray(0, writeUtf8(half, bytes, 0)))).toEqual(Buffer.from(half));
  }
});
