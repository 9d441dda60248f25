import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGroup, Entity } from '../../src/aggregate/index.js';
import { type NaiveEvent, naive } from './naive.js';
import { ask, definition, EVERYTHING, FREQUENT, group, insert, LATENESS_MS, Records, rows, values } from './support.js';

const plan = compileGroup(definition, group(EVERYTHING), FREQUENT);
const horizonMs = 400 + LATENESS_MS;

/** What the naive twin says, by name, so that a difference names its feature. */
const truth = (events: readonly NaiveEvent[], t: number, scored: NaiveEvent | null, of = plan) =>
  named(
    of,
    of.group.features.map((one) => naive(one, events, t, scored, of.borderOf)),
  );
const named = (of: typeof plan, out: readonly unknown[]) =>
  Object.fromEntries(of.group.features.map((one, i) => [one.name, out[i]]));
const answer = (entity: Entity, t: number, scored: NaiveEvent | null, of = plan) =>
  named(of, ask(of, entity, t, scored));

test('the horizon is the longest reach and the lateness', () => {
  expect(plan.horizonMs).toBe(horizonMs);
});

describe('a feature is a function of the set of events and the time', () => {
  test('as the naive twin says, in any order of arrival', () => {
    fc.assert(
      fc.property(rows({ timeMax: 600, maxLength: 90 }), values, fc.integer({ min: 0, max: 700 }), (all, own, t) => {
        const entity = new Entity(plan);
        for (const row of all) insert(plan, entity, row);
        const scored: NaiveEvent = { topic: 'a', time: t, id: 'scored', values: own };
        expect(answer(entity, t, scored)).toEqual(truth(all, t, scored));
      }),
      { numRuns: 60 },
    );
  });

  test('between insertions, with what is held from one query to the next', () => {
    fc.assert(
      fc.property(rows({ timeMax: 400, maxLength: 60 }), (all) => {
        const entity = new Entity(plan);
        for (const [i, row] of all.entries()) {
          if (i % 3 === 0) expect(answer(entity, row.time, row)).toEqual(truth(all.slice(0, i), row.time, row));
          insert(plan, entity, row);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('and not of the features beside it', () => {
    const some = EVERYTHING.filter((_, i) => i % 5 === 2);
    const fewer = compileGroup(definition, group(some), FREQUENT);
    fc.assert(
      fc.property(rows({ timeMax: 600, maxLength: 90 }), fc.integer({ min: 0, max: 700 }), (all, t) => {
        const [one, other] = [new Entity(plan), new Entity(fewer)];
        for (const row of all) {
          insert(plan, one, row);
          insert(fewer, other, row);
        }
        expect(answer(one, t, null)).toMatchObject(answer(other, t, null, fewer));
      }),
    );
  });
});

/** A row of an inbox: what is known of it later than it happened. */
const inbox = (latenessMaxMs: number) =>
  fc
    .array(
      fc.record({
        row: rows({ timeMax: 0, maxLength: 1 }).filter((list) => list.length === 1),
        stepMs: fc.integer({ min: 0, max: 60 }),
        lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: latenessMaxMs })),
        restart: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { maxLength: 120, size: 'max' },
    )
    .map((steps) => {
      let known = 0;
      return steps.map(({ row: [row], stepMs, lateMs, restart }, i) => {
        known += stepMs;
        return { known, restart, row: { ...row!, time: known - lateMs, id: `${row!.id}-${i}` } };
      });
    });

describe('eviction', () => {
  test('and restarts change nothing within the horizon', () => {
    fc.assert(
      fc.property(inbox(LATENESS_MS), (steps) => {
        let entity = new Entity(plan);
        const records = new Records();
        const all: NaiveEvent[] = [];
        for (const [i, { known, row, restart }] of steps.entries()) {
          if (restart) {
            records.save(entity);
            entity = records.load(plan);
          }
          entity.evict(known);
          if (i % 6 === 5) expect(answer(entity, row.time, row)).toEqual(truth(all, row.time, row));
          expect(insert(plan, entity, row)).toBe('inserted');
          all.push(row);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('takes what is too late into features over all time alone', () => {
    const ordered = new Set(['count', 'min', 'max', 'first', 'last', 'distinct', 'secondsSince']);
    const exact = plan.group.features.filter((one) => one.windowMs !== null || ordered.has(one.aggregate));
    fc.assert(
      fc.property(inbox(4 * horizonMs), (steps) => {
        const entity = new Entity(plan);
        const all: NaiveEvent[] = [];
        for (const [i, { known, row }] of steps.entries()) {
          entity.evict(known);
          if (i % 6 === 5 && row.time >= known - LATENESS_MS) {
            const answered = answer(entity, row.time, row);
            const expected = truth(all, row.time, row);
            for (const { name } of exact) expect([name, answered[name]]).toEqual([name, expected[name]]);
          }
          const outcome = insert(plan, entity, row);
          if (outcome === 'beyondHorizon') expect(row.time).toBeLessThan(known - horizonMs);
          all.push(row);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('does not depend on restarts, whatever comes late', () => {
    fc.assert(
      fc.property(inbox(4 * horizonMs), (steps) => {
        const straight = new Entity(plan);
        let restarted = new Entity(plan);
        const records = new Records();
        for (const { known, row, restart } of steps) {
          if (restart) {
            records.save(restarted);
            restarted = records.load(plan);
            expect(restarted.dirty()).toEqual([]);
          }
          expect(restarted.evict(known)).toBe(straight.evict(known));
          expect(insert(plan, restarted, row)).toBe(insert(plan, straight, row));
          expect(answer(restarted, known, null)).toEqual(answer(straight, known, null));
        }
        const whole = new Records();
        records.save(restarted);
        whole.save(straight);
        expect([...records.held].sort()).toEqual([...whole.held].sort());
      }),
      { numRuns: 25 },
    );
  });
});
