import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur3 } from '../../src/aggregate/murmur3.js';
import { numberHash, textHash } from '../../src/aggregate/value-hash.js';

test('a text is hashed by its UTF-8, a number by its 8 bytes, little-endian', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.double(), fc.nat(), (text, number, seed) => {
      expect(textHash(text, seed)).toBe(murmur3(Buffer.from(text), Buffer.byteLength(text), seed));
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(number + 0);
      expect(numberHash(number, seed)).toBe(murmur3(bytes, 8, seed));
    }),
  );
});
test('0 and -0 are one value', () => {
  expect(numberHash(-0, 5)).toBe(numberHash(0, 5));
});
