import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CODES_MAX, countCodes, hasCode, setCode, uniteCodes, ValueCodes } from '../../src/aggregate/value-codes.js';

const sets = fc.uniqueArray(fc.integer({ min: 0, max: CODES_MAX - 1 }), { maxLength: 200 });

test('sets of codes are sets', () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [into, next]: [number[], number[]] = [[], []];
      for (const code of a) setCode(into, code);
      for (const code of b) setCode(next, code);
      uniteCodes(into, next);
      const all = new Set([...a, ...b]);
      expect(countCodes(into)).toBe(all.size);
      for (let code = 0; code < CODES_MAX; code++)
        if (hasCode(into, code) !== all.has(code)) expect.fail(`code ${code}`);
      expect(countCodes(next)).toBe(b.length);
    }),
  );
});

test('the first values have codes, and keep them', () => {
  const codes = new ValueCodes<string>();
  for (let n = 0; n < 2 * CODES_MAX; n++) expect(codes.of(`value ${n}`)).toBe(n < CODES_MAX ? n : -1);
  expect(codes.of('value 7')).toBe(7);
  expect(codes.values).toHaveLength(CODES_MAX);
});
