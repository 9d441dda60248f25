import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdmittedRow, FeaturesRow } from '../../src/contract/frames.js';
import { Join, Side } from '../../src/inference/join.js';

const row = (offset: number): AdmittedRow => ({ offset, known: offset, time: offset, id: `e${offset}`, event: {} });
const answer = (offset: number): FeaturesRow => ({ offset, time: offset, key: 'k', values: { f: offset } });

describe('join', () => {
  test('every admitted row comes out once, in raw order, with the answer of each group to it', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.nat({ max: 1_000_000 }), fc.boolean(), (cuts, seed, repeats) => {
        const total = cuts.reduce((a, b) => a + b, 0);
        const offsets = Array.from({ length: total }, (_, i) => i * 2);
        const sides = [new Side('a', 0), new Side('b', 0)];
        const join = new Join(sides, 0, 0);
        let state = seed;
        const random = (n: number) => {
          state = (state * 1103515245 + 12345) % 2147483648;
          return state % n;
        };
        const shuffled = sides.map(() => [...offsets].sort(() => random(3) - 1));
        const out: number[] = [];
        const next = [0, 0];
        let before = 0;
        const drain = () => {
          for (;;) {
            const misses = sides.map((side) => join.misses(side));
            for (const [i, side] of sides.entries()) {
              if (!misses[i]) continue;
              const values = shuffled[i]!.splice(0, 1 + random(3));
              side.push(next[i]!++, { inboxPartition: 0, inboxOffset: 0, rows: values.map(answer) }, join.head);
              if (repeats)
                side.push(next[i]!++, { inboxPartition: 0, inboxOffset: 0, rows: values.map(answer) }, join.head);
            }
            const ready = join.ready(3);
            for (const { row: r, features } of ready) {
              expect(features.map((f) => f?.offset)).toEqual([r.offset, r.offset]);
              out.push(r.offset);
            }
            join.served(ready.length);
            if (ready.length === 0 && !misses.some((m) => m)) return;
          }
        };
        for (const [i, cut] of cuts.entries()) {
          const rows = offsets
            .filter((o) => o >= before)
            .slice(0, cut)
            .map(row);
          const after = rows.at(-1)!.offset + 1;
          join.pushAdmitted(i, { before, after, known: 0, mark: -1, rows });
          before = after;
          drain();
        }
        expect(out).toEqual(offsets);
        expect(join.after(0)).toEqual({ offset: before, admittedOffset: cuts.length });
        expect(sides.map((side) => side.held)).toEqual([0, 0]);
      }),
    );
  });

  test('a row that is due comes out with null for who has not answered; those behind it wait, and what comes late is dropped', () => {
    const sides = [new Side('a', 0), new Side('b', 0)];
    const [a, b] = sides as [Side, Side];
    const join = new Join(sides, 0, 0);
    const frame = (before: number, after: number) => ({
      before,
      after,
      known: 0,
      mark: -1,
      rows: Array.from({ length: after - before }, (_, i) => row(before + i)),
    });
    const features = (offset: number, ...offsets: number[]) =>
      [offset, { inboxPartition: 0, inboxOffset: 0, rows: offsets.map(answer) }] as const;
    const seen = (now?: number) =>
      join.ready(10, now).map((joined) => [joined.row.offset, ...joined.features.map((one) => one !== null)]);
    join.pushAdmitted(0, frame(0, 2), 100);
    join.pushAdmitted(1, frame(2, 3), null);
    join.pushAdmitted(2, frame(3, 4), 100);
    a.push(...features(0, 0, 1, 2), join.head);
    b.push(...features(0, 1), join.head);
    expect([join.due, seen(), seen(99)]).toEqual([100, [], []]);
    expect(seen(100)).toEqual([
      [0, true, false],
      [1, true, true],
    ]);
    join.served(2);
    // A row of a time before waits for every group, and those behind it with it.
    expect([join.due, seen(1_000_000)]).toEqual([null, []]);
    b.push(...features(1, 0, 2), join.head);
    expect(seen(1_000_000)).toEqual([
      [2, true, true],
      [3, false, false],
    ]);
    join.served(2);
    expect([a.held, b.held, b.low, join.due]).toEqual([0, 0, 2, null]);
  });

  test('the low-water offset is the record with the oldest row still held', () => {
    const side = new Side('a', 3);
    const join = new Join([side], 0, 0);
    expect(side.low).toBe(3);
    side.push(3, { inboxPartition: 0, inboxOffset: 0, rows: [answer(0), answer(9)] }, 0);
    side.push(4, { inboxPartition: 0, inboxOffset: 0, rows: [answer(1)] }, 0);
    join.pushAdmitted(0, { before: 0, after: 2, known: 0, mark: -1, rows: [row(0), row(1)] });
    join.served(join.ready(10).length);
    expect([side.low, side.held]).toEqual([3, 1]);
    side.push(5, { inboxPartition: 0, inboxOffset: 0, rows: [answer(1)] }, join.head);
    expect(side.held).toBe(1);
    side.drop(9);
    expect(side.low).toBe(6);
  });

  test('a gap in admitted stops it, and rows below the head are dropped', () => {
    const join = new Join([], 5, 2);
    join.pushAdmitted(2, { before: 3, after: 7, known: 0, mark: -1, rows: [row(4), row(5), row(6)] });
    expect(join.ready(10).map((j) => j.row.offset)).toEqual([5, 6]);
    expect(() => join.pushAdmitted(3, { before: 8, after: 9, known: 0, mark: -1, rows: [] })).toThrow(
      /no gap in admitted/,
    );
  });
});
