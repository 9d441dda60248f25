import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Aggregate } from '../../src/aggregate/aggregate.js';
import { ByteReader } from '../../src/aggregate/byte-reader.js';
import { ByteWriter } from '../../src/aggregate/byte-writer.js';
import { Columns } from '../../src/aggregate/columns.js';
import * as distinct from '../../src/aggregate/distinct.js';
import { CODES_MAX } from '../../src/aggregate/value-codes.js';
import { inputOf, numbers, oneColumn, partialOf, texts } from './one-column.js';

const columns = {
  number: new Columns([{ field: 'x', kind: 'number' }]),
  text: new Columns([{ field: 'x', kind: 'text' }]),
};
const distinctNumbers = distinct.distinctNumbers(inputOf(columns.number).coded());
const distinctTexts = distinct.distinctTexts(inputOf(columns.text).coded());

test('counts different numbers; 0 and -0 are one', () => {
  expect(numbers(distinctNumbers, [1, 2, 1, null, 2, 3], [3])).toBe(3);
  expect(numbers(distinctNumbers, [0, -0])).toBe(1);
});
test('counts different texts; an empty one is one of them', () => {
  expect(texts(distinctTexts, ['a', '', null, 'a', 'A'], [2])).toBe(3);
});
test('of nothing is missing', () => {
  expect(numbers(distinctNumbers, [null])).toBe(null);
  expect(texts(distinctTexts, [null])).toBe(null);
});

/** Few values and many; what comes at once, and what goes on where it was. */
const portions = fc.array(
  fc.oneof(
    { arbitrary: fc.array(fc.option(fc.constantFrom(0, -0, 1, 2.5, 1e300)), { maxLength: 9 }), weight: 4 },
    {
      arbitrary: fc.integer({ min: 0, max: 3 * CODES_MAX }).map((n) => Array.from({ length: 1100 }, (_, i) => n + i)),
      weight: 1,
    },
  ),
  { maxLength: 4 },
);
type Made = ReturnType<typeof distinctNumbers.empty>;
const saved = (aggregate: Aggregate<Made>, partial: Made) => {
  const out = new ByteWriter();
  aggregate.save(partial, out);
  return out.take();
};

test.each([
  ['number', distinctNumbers, (value: number) => value],
  ['text', distinctTexts, (value: number) => `text ${value + 0}`],
] as const)(
  'of a %s: as a set says, in its order, added and merged, used once or again and again',
  (kind, aggregate, of) => {
    const scratch = aggregate.scratch!();
    fc.assert(
      fc.property(portions, portions, (added, merged) => {
        const values = [...added, ...merged].flat().filter((value) => value !== null);
        const all = [...new Set<number | string>(values.map((value) => of(value)))];
        for (const partial of [scratch, aggregate.empty()]) {
          aggregate.reset(partial);
          const rowsOf = (portion: readonly (number | null)[]) =>
            oneColumn(
              portion.map((value) => (value === null ? null : of(value))),
              kind,
              undefined,
              columns[kind],
            );
          for (const portion of added) {
            const { rows, column } = rowsOf(portion);
            aggregate.add(partial, rows, column, 0, rows.end);
          }
          for (const [i, portion] of merged.entries()) {
            const next = partialOf(aggregate, rowsOf(portion));
            if (partial !== scratch || i % 2 === 0) aggregate.merge(partial, next);
            else {
              // A long one is borrowed, of the values that have no code.
              const unsaved = aggregate.unsaved!();
              aggregate.merge(unsaved, next);
              aggregate.merge(partial, unsaved);
            }
          }
          expect(aggregate.value(partial, 0)).toBe(all.length || null);
          // A query's partial is used again and again, and has no order.
          const found = [...partial.all()];
          if (partial === scratch) expect(JSON.stringify(found.sort())).toBe(JSON.stringify([...all].sort()));
          else expect(JSON.stringify(found)).toBe(JSON.stringify(all));
          const restored = aggregate.restore(new ByteReader(saved(aggregate, partial), 'partial'));
          expect(saved(aggregate, restored).equals(saved(aggregate, partial))).toBe(true);
          expect(aggregate.value(restored, 0)).toBe(all.length || null);
        }
      }),
    );
  },
);
