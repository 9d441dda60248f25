import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aggregate } from '../../src/aggregate/aggregate.js';
import { AGGREGATE } from '../../src/aggregate/aggregates.js';
import { ByteReader } from '../../src/aggregate/byte-reader.js';
import { ByteWriter } from '../../src/aggregate/byte-writer.js';
import { Columns } from '../../src/aggregate/columns.js';
import { AGGREGATES, type AggregateName } from '../../src/topology/definition.js';
import { inputOf, oneColumn, partialOf } from './one-column.js';

const OF_BOTH: readonly AggregateName[] = ['distinct', 'approxDistinct', 'first', 'last'];
const { coded } = inputOf(new Columns([{ field: 'x', kind: 'text' }]));
const kinds = AGGREGATES.flatMap((name) => {
  const ofTexts = name === 'top' ? [true] : OF_BOTH.includes(name) ? [false, true] : [false];
  return ofTexts.map((text) => {
    const aggregate = AGGREGATE[name]({ text, coded, halfLifeMs: 10, rank: 1, quantile: 0.5 });
    return [text ? `${name} of texts` : name, aggregate, text] as const;
  });
});
const column = (text: boolean) =>
  text
    ? fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 3 }))).map((list) => oneColumn(list, 'text'))
    : fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))).map((list) => oneColumn(list));

describe.each(kinds)('%s', (name, aggregate: Aggregate<unknown>, text) => {
  // A share's column holds ones and zeros.
  const columns =
    name === 'share' ? fc.array(fc.constantFrom(0, 1, null)).map((list) => oneColumn(list)) : column(text);
  /** What is saved of it, which must be everything, and its value. */
  const bits = (partial: unknown) => {
    const out = new ByteWriter();
    aggregate.save(partial, out);
    return [out.take().toString('hex'), aggregate.value(partial, 20)];
  };
  const fold = (from: ReturnType<typeof oneColumn>) => {
    const partial = aggregate.empty();
    aggregate.add(partial, from.rows, from.column, 0, from.rows.end);
    return partial;
  };

  test('merging into an empty partial gives the other, and merging an empty one changes nothing', () => {
    fc.assert(
      fc.property(columns, (one) => {
        const expected = bits(fold(one));
        expect(bits(partialOf(aggregate, one))).toEqual(expected);
        const partial = fold(one);
        aggregate.merge(partial, aggregate.empty());
        expect(bits(partial)).toEqual(expected);
      }),
    );
  });

  test('adding in two steps is adding in one', () => {
    fc.assert(
      fc.property(columns, fc.nat(), (one, cut) => {
        const partial = aggregate.empty();
        const at = cut % (one.rows.end + 1);
        aggregate.add(partial, one.rows, one.column, 0, at);
        aggregate.add(partial, one.rows, one.column, at, one.rows.end);
        expect(bits(partial)).toEqual(bits(fold(one)));
      }),
    );
  });

  test('is restored to the bit, and reset to nothing', () => {
    fc.assert(
      fc.property(columns, (one) => {
        const out = new ByteWriter();
        const partial = fold(one);
        aggregate.save(partial, out);
        const from = new ByteReader(out.take(), 'test');
        expect(bits(aggregate.restore(from))).toEqual(bits(partial));
        from.end();
        aggregate.reset(partial);
        expect(bits(partial)).toEqual(bits(aggregate.empty()));
      }),
    );
  });

  test(`of nothing is ${name === 'count' ? '0' : 'missing'}`, () => {
    expect(aggregate.value(aggregate.empty(), 5)).toBe(name === 'count' ? 0 : null);
  });
});
