import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exp2 } from '../../src/aggregate/exp2.js';

test('is exact at whole numbers, down to the smallest double and 0', () => {
  for (let n = 0; n >= -1080; n--) expect(exp2(n)).toBe(2 ** n);
  expect(exp2(Number.NEGATIVE_INFINITY)).toBe(0);
});
test('is within 1e-15 of the language', () => {
  fc.assert(
    fc.property(fc.double({ min: -1020, max: 0, noNaN: true }), (x) => {
      expect(Math.abs(exp2(x) / 2 ** x - 1)).toBeLessThan(1e-15);
    }),
    { numRuns: 2000 },
  );
});
test('falls, and keeps its bits', () => {
  for (let i = 0; i < 4096; i++) expect(exp2(-(i + 1) / 512)).toBeLessThan(exp2(-i / 512));
  expect([-0.1, -1 / 3, -3.7, -42.42].map(exp2)).toEqual(BITS);
});
const BITS = [0.9330329915368074, 0.7937005259840997, 0.07694652583405726, 1.699446839478397e-13];
