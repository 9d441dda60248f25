import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/aggregate/byte-reader.js';
import { ByteWriter } from '../../src/aggregate/byte-writer.js';
import { SpanFold } from '../../src/aggregate/span-fold.js';
import { beginOf, endOf } from '../../src/aggregate/spans.js';
import { type Sum, sum } from '../../src/aggregate/sum.js';

/** Numbers whose sum depends on the order in which they are added. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
const chunks = fc.array(fc.record({ x: number, level: fc.constantFrom(1, 1, 1, 2, 2, 3, 4) }), { maxLength: 40 });
type Chunks = readonly { readonly x: number; readonly level: number }[];

const partial = (x: number): Sum => ({ n: 1, sum: x });
const folder = () => new SpanFold(sum, sum.empty);
const wholeOf = (fold: SpanFold) => {
  const whole = sum.empty();
  fold.mergeInto(whole);
  return whole;
};
function chunkByChunk(all: Chunks, before = 1): SpanFold {
  const fold = folder();
  fold.begin(before);
  for (const { x, level } of all) fold.add(partial(x), 1, level);
  return fold;
}

/** A span of a level by the letter: the left fold of its spans of the level below. */
function spanOf(all: Chunks, end: number, level: number): Sum {
  if (level === 1) return partial(all[end]!.x);
  const folded = sum.empty();
  const list = all.map((one) => ({ ...one, spans: [], lowest: 1, time: 0, id: '' }));
  for (let at = beginOf(list, end, level); at <= end; at++) {
    at = endOf(list, at, level - 1);
    sum.merge(folded, spanOf(all, at, level - 1));
  }
  return folded;
}

describe('a fold of chunks', () => {
  test('is the same where spans are added in place of their chunks, whichever', () => {
    fc.assert(
      fc.property(chunks, fc.constantFrom(1, 2, 3), fc.infiniteStream(fc.nat(3)), (all, before, choices) => {
        const fold = folder();
        fold.begin(before);
        const list = all.map((one) => ({ ...one, spans: [], lowest: 1, time: 0, id: '' }));
        for (let at = 0; at < all.length; at++) {
          let level = Math.max(1, fold.addable - choices.next().value);
          while (endOf(list, at, level) === all.length) level--;
          at = endOf(list, at, level);
          fold.add(spanOf(all, at, level), level, all[at]!.level);
        }
        expect(wholeOf(fold)).toEqual(wholeOf(chunkByChunk(all, before)));
      }),
    );
  });

  test('goes on from another one, and from what that one saved', () => {
    fc.assert(
      fc.property(chunks, fc.nat(40), (all, cut) => {
        const first = chunkByChunk(all.slice(0, cut));
        const out = new ByteWriter();
        first.save(out);
        const goneOn = folder();
        // What was there before is forgotten.
        for (const { x, level } of all) goneOn.add(partial(x), 1, level);
        goneOn.beginAt(first);
        const restored = SpanFold.restore(sum, new ByteReader(out.take(), 'fold'));
        for (const { x, level } of all.slice(cut)) {
          goneOn.add(partial(x), 1, level);
          restored.add(partial(x), 1, level);
        }
        expect([wholeOf(goneOn), wholeOf(restored)]).toEqual(Array(2).fill(wholeOf(chunkByChunk(all))));
      }),
    );
  });

  test('of many takes few partials, as estimated', () => {
    const levels = Array.from({ length: 4096 }, (_, i) => 1 + Math.floor(Math.log2((i + 1) & -(i + 1)) / 3));
    const fold = chunkByChunk(levels.map((level) => ({ x: 1, level })));
    expect(wholeOf(fold).sum).toBe(4096);
    expect(fold.bytes()).toBe(chunkByChunk([{ x: 1, level: 1 }]).bytes() + 3 * 64);
  });
});
