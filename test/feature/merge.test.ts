import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdmittedFrame, type AdmittedRow, LAST_MARK, NO_MARK } from '../../src/contract/frames.js';
import { Merge, Source, type SourceDefinition, START } from '../../src/feature/merge.js';

const SOURCES: readonly SourceDefinition[] = [
  { topic: 'arrivals', partition: 0, scored: false, marks: true },
  { topic: 'arrivals', partition: 1, scored: false, marks: true },
  { topic: 'departures', partition: 0, scored: true, marks: true },
];

const row = (offset: number, known: number): AdmittedRow => ({
  offset,
  known,
  time: known,
  id: `e${offset}`,
  event: {},
});
const open = (definitions = SOURCES) => new Merge(definitions.map((definition) => new Source(definition, START)));
const forEver = { rowsMax: 1000, holdMs: Number.POSITIVE_INFINITY };

/** Each source's frames: rows with monotone known times, cut at random, and a mark at the end of some frames. */
const frames = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.boolean()), { maxLength: 30 }).map((steps) => {
  const result: AdmittedFrame[] = [];
  let rows: AdmittedRow[] = [];
  let known = 0;
  let offset = 0;
  let mark = NO_MARK;
  let before = 0;
  const cut = (newMark: number) => {
    mark = Math.max(mark, newMark);
    result.push({ before, after: offset, known, mark, rows });
    before = offset;
    rows = [];
  };
  for (const [step, ends] of steps) {
    known += step;
    rows.push(row(offset++, known));
    // All known before this row is sent: the mark may say so.
    if (ends) cut(known - 1);
  }
  cut(LAST_MARK);
  return result;
});

describe('merge', () => {
  test('the order is that of a sort by known time, scored first, whatever order the frames arrive in', () => {
    fc.assert(
      fc.property(fc.tuple(frames, frames, frames), fc.infiniteStream(fc.nat({ max: 2 })), (perSource, choice) => {
        const merge = open();
        const emitted: [number, number][] = [];
        const left = perSource.map((list) => [...list]);
        let offset = 0;
        while (left.some((list) => list.length > 0)) {
          const wanted = choice.next().value as number;
          const pick = left[wanted]!.length > 0 ? wanted : left.findIndex((list) => list.length > 0);
          merge.sources[pick]!.push(offset++, left[pick]!.shift()!);
          merge.take(0, forEver, (taken, source) => emitted.push([source, taken.offset]));
        }
        const naive = perSource
          .flatMap((list, source) => list.flatMap((frame) => frame.rows.map((r) => ({ r, source }))))
          .sort(
            (a, b) =>
              a.r.known - b.r.known ||
              Number(SOURCES[b.source]!.scored) - Number(SOURCES[a.source]!.scored) ||
              a.source - b.source ||
              a.r.offset - b.r.offset,
          )
          .map(({ r, source }) => [source, r.offset]);
        expect(emitted).toEqual(naive);
      }),
    );
  });

  test('a partition without marks is waited for while the broker holds more of it', () => {
    const merge = open([
      { topic: 'a', partition: 0, scored: false, marks: false },
      { topic: 'b', partition: 0, scored: false, marks: false },
    ]);
    const out: number[] = [];
    merge.sources[0]!.push(0, { before: 0, after: 1, known: 5, mark: NO_MARK, rows: [row(0, 5)] });
    merge.sources[1]!.setLastStable(1);
    expect(merge.take(0, forEver, (r) => out.push(r.known))).toBe(0);
    expect(merge.waitingFor()).toEqual([{ topic: 'b', partition: 0, scored: false, marks: false }]);
    merge.sources[1]!.push(0, { before: 0, after: 1, known: 3, mark: NO_MARK, rows: [row(0, 3)] });
    merge.take(0, forEver, (r) => out.push(r.known));
    expect(out, 'what was asked before it ran empty says nothing of now').toEqual([3]);
    merge.sources[1]!.setLastStable(1);
    merge.take(0, forEver, (r) => out.push(r.known));
    expect(out).toEqual([3, 5]);
  });

  test('after holdMs a silent partition is away, is counted, and is waited for again once it answers', () => {
    const merge = open();
    const [first, second, scored] = merge.sources;
    const bounds = { rowsMax: 10, holdMs: 100 };
    first!.push(0, { before: 0, after: 1, known: 5, mark: 5, rows: [row(0, 5)] });
    scored!.push(0, { before: 0, after: 0, known: NO_MARK, mark: 50, rows: [] });
    expect(merge.take(1000, bounds, () => {})).toBe(0);
    expect(merge.take(1099, bounds, () => {})).toBe(0);
    expect(merge.take(1100, bounds, () => {})).toBe(1);
    expect([second!.away, merge.awayCount]).toEqual([true, 1]);
    expect(second!.frontier().away).toBe(true);
    second!.push(0, { before: 0, after: 0, known: NO_MARK, mark: 6, rows: [] });
    expect(second!.away).toBe(false);
    first!.push(1, { before: 1, after: 2, known: 9, mark: 9, rows: [row(1, 9)] });
    expect(merge.take(1200, bounds, () => {})).toBe(0);
  });

  test('repeated rows are dropped, and a gap stops the merge', () => {
    const merge = open(SOURCES.slice(0, 1));
    const out: number[] = [];
    const source = merge.sources[0]!;
    const frame: AdmittedFrame = { before: 0, after: 2, known: 2, mark: 10, rows: [row(0, 1), row(1, 2)] };
    source.push(0, frame);
    source.push(1, frame);
    source.push(2, { before: 1, after: 3, known: 3, mark: 10, rows: [row(1, 2), row(2, 3)] });
    merge.take(0, forEver, (r) => out.push(r.offset));
    expect(out).toEqual([0, 1, 2]);
    expect(() => source.push(3, { before: 5, after: 6, known: 9, mark: 10, rows: [] })).toThrow(
      /no gap in admitted arrivals\/0/,
    );
  });

  test('a successor resumes at the frame that holds the first row not emitted, with the mark before it', () => {
    const source = new Source(SOURCES[0]!, START);
    source.push(7, { before: 0, after: 1, known: 1, mark: 4, rows: [row(0, 1)] });
    source.push(8, { before: 1, after: 3, known: 6, mark: 9, rows: [row(1, 5), row(2, 6)] });
    source.shift();
    expect(source.frontier()).toMatchObject({ offset: 1, admittedOffset: 8, mark: 4 });
    source.shift();
    source.shift();
    expect(source.frontier()).toMatchObject({ offset: 3, admittedOffset: 9, mark: 9 });
  });
});
