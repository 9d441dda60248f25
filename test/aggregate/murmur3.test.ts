import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur3, murmur3OfWords } from '../../src/aggregate/murmur3.js';

test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
])('murmur3-32 of %j with seed %i, as published', (text, seed, hash) => {
  expect(murmur3(Buffer.from(text), Buffer.byteLength(text), seed)).toBe(hash);
});

test('of two words is that of their bytes', () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(word, word, word, (low, high, seed) => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(low, 0);
      bytes.writeUInt32LE(high, 4);
      expect(murmur3OfWords(low, high, seed)).toBe(murmur3(bytes, 8, seed));
    }),
  );
});
