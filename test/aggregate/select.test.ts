import fc from 'fast-check';
import { expect, test } from 'vitest';
import { select } from '../../src/aggregate/select.js';

test('takes the k-th of the sorted ones, and leaves what is behind the length alone', () => {
  const numbers = fc.oneof(fc.array(fc.nat(5), { minLength: 1 }), fc.array(fc.nat(), { minLength: 1 }));
  fc.assert(
    fc.property(numbers, fc.nat(), fc.array(fc.nat(3)), (list, at, behind) => {
      const k = at % list.length;
      const sorted = [...list].sort((a, b) => a - b);
      for (const values of [Uint32Array.from([...list, ...behind]), Float64Array.from([...list, ...behind])]) {
        expect(select(values, list.length, k)).toBe(sorted[k]);
        expect([...values.subarray(list.length)]).toEqual(behind);
        expect([...values.subarray(0, list.length)].sort((a, b) => a - b)).toEqual(sorted);
      }
    }),
  );
});
test('of sorted and of equal ones', () => {
  const up = Float64Array.from({ length: 1000 }, (_, i) => i);
  expect(select(up.slice(), 1000, 700)).toBe(700);
  expect(select(up.slice().reverse(), 1000, 700)).toBe(700);
  expect(select(new Float64Array(1000).fill(7), 1000, 500)).toBe(7);
});
