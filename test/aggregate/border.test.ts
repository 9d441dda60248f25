import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { borders, eventHash, LEVEL_MAX } from '../../src/aggregate/border.js';
import { murmur3 } from '../../src/aggregate/murmur3.js';

test("an event's hash is that of its id's bytes and its time as int64, little-endian", () => {
  const time = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 2e12 }));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), time, (id, t) => {
      const int64 = Buffer.alloc(8);
      int64.writeBigInt64LE(BigInt(t));
      const bytes = Buffer.concat([Buffer.from(id), int64]);
      expect(eventHash(id, t)).toBe(murmur3(bytes, bytes.length));
    }),
  );
});

describe('borders', () => {
  const borderOf = borders(64, 4);
  test('are one event in 64; one of them in 4 is of the next level, and so on', () => {
    const found = new Array(LEVEL_MAX + 1).fill(0);
    for (let i = 0; i < 200_000; i++) found[borderOf(`id${i}`, 1.7e12 + i)]++;
    const atLeast = (level: number) => found.slice(level).reduce((sum, n) => sum + n, 0);
    expect(atLeast(1) / 200_000).toBeCloseTo(1 / 64, 3);
    expect(atLeast(2) / 200_000).toBeCloseTo(1 / 256, 3);
    expect(atLeast(4) / 200_000).toBeCloseTo(1 / 4096, 4);
  });
  test('have no more levels than a hash tells apart', () => {
    expect(borders(1, 1)('id', 0)).toBe(LEVEL_MAX);
  });
  test('are these, for ever', () => {
    const found: string[] = [];
    for (let i = 0; i < 600; i++) if (borderOf(`${i}`, 1_357_000_000_000) > 0) found.push(`${i}`);
    expect(found).toEqual(FOUND);
  });
});
const FOUND = ['25', '159', '305', '321', '376', '515'];
