import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CODES_MAX, CodeSet, NO_CODE, ValueCodes } from '../../src/aggregate/value-codes.js';

const codes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: CODES_MAX - 1 }), { maxLength: 100 }),
  fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 200 }),
);
const steps = fc.array(fc.record({ kind: fc.constantFrom('add', 'unite', 'reset'), codes }), { maxLength: 6 });

test.each([false, true])('sets of codes are sets; filled again and again: %s', (isReused) => {
  const set = new CodeSet(isReused);
  fc.assert(
    fc.property(steps, fc.boolean(), (all, nextIsReused) => {
      set.reset();
      const naive = new Set<number>();
      for (const step of all) {
        if (step.kind === 'reset') {
          set.reset();
          naive.clear();
        }
        for (const code of step.codes) naive.add(code);
        if (step.kind === 'unite') {
          const next = new CodeSet(nextIsReused);
          next.addAll(step.codes);
          set.unite(next);
          expect(next.size).toBe(new Set(step.codes).size);
        } else set.addAll(step.codes);
        expect(set.size).toBe(naive.size);
        expect(set.all().sort((a, b) => a - b)).toEqual([...naive].sort((a, b) => a - b));
      }
    }),
  );
});

test('the first values have codes, and keep them', () => {
  const codes = new ValueCodes();
  for (let n = 0; n < CODES_MAX + 99; n++) expect(codes.of(`value ${n}`)).toBe(n < CODES_MAX ? n : NO_CODE);
  expect(codes.of('value 7')).toBe(7);
  expect(codes.values).toHaveLength(CODES_MAX);
});

test('a set takes no room for codes that it does not hold', () => {
  for (const held of [[CODES_MAX - 1], [0, CODES_MAX - 1], [CODES_MAX - 1, CODES_MAX - 300]]) {
    const set = new CodeSet();
    for (let n = 0; n < 3; n++) {
      set.reset();
      set.addAll(held);
      expect(set.bytes()).toBeLessThanOrEqual(16 * 8);
    }
  }
});
