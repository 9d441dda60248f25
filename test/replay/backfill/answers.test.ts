import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answer, fromColumns, toColumns } from '../../../src/replay/backfill/answers.js';
import type { GroupDefinition } from '../../../src/topology/definition.js';

const group = {
  name: 'g',
  features: [
    { name: 'a', type: 'number' },
    { name: 'b', type: 'category' },
    { name: 'c', type: 'number' },
    { name: 'd', type: 'category' },
  ],
} as unknown as GroupDefinition;

const number = fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }));
const text = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'x', 'ö')));
const answer = fc
  .record({ offset: fc.maxSafeNat(), a: number, b: text, c: number, d: text })
  .map(({ offset, ...values }): Answer => ({ offset, values }));

test('answers come back from their columns, bit for bit', () => {
  fc.assert(
    fc.property(fc.array(answer), (answers) => {
      const made = fromColumns(group, structuredClone(toColumns(group, answers)));
      expect(made).toStrictEqual(answers);
      for (const { values } of made) expect(Object.keys(values)).toEqual(['a', 'b', 'c', 'd']);
    }),
  );
});

test('a number that is no float is not passed on as another one', () => {
  const values = { a: 0.1, b: null, c: null, d: null };
  expect(() => toColumns(group, [{ offset: 0, values }])).toThrow('feature a of group g');
});
