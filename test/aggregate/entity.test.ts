import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGroup, Entity } from '../../src/aggregate/index.js';
import type { FeatureDefinition } from '../../src/topology/definition.js';
import { NaiveAllTime, type NaiveEvent, naive, naiveFeatures } from './naive.js';
import { comingOf, Records } from './records.js';
import {
  AGGREGATED,
  ask,
  DERIVED,
  definition,
  EVERYTHING,
  FREQUENT,
  feature,
  field,
  GRID_MS,
  group,
  insert,
  LATENESS_MS,
  rows,
  times,
  values,
} from './support.js';

const plan = compileGroup(definition, group(EVERYTHING), FREQUENT);
const horizonMs = 400 + LATENESS_MS;

/** What the naive twin says, by name, so that a difference names its feature. */
const truth = (events: readonly NaiveEvent[], t: number, scored: NaiveEvent | null, of = plan) =>
  named(
    of,
    naiveFeatures(of.group.features, (one) => naive(one, events, t, scored, of.logs[0]!.borderOf)),
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
      fc.property(rows({ timeMax: 600, maxLength: 90 }), values, times(0, 700), (all, own, t) => {
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
    const some = AGGREGATED.filter((_, i) => i % 5 === 2);
    const fewer = compileGroup(definition, group(some), FREQUENT);
    fc.assert(
      fc.property(rows({ timeMax: 600, maxLength: 90 }), times(0, 700), (all, t) => {
        const [one, other] = [new Entity(plan), new Entity(fewer)];
        for (const row of all) {
          insert(plan, one, row);
          insert(fewer, other, row);
        }
        expect(answer(one, t, null)).toMatchObject(answer(other, t, null, fewer));
      }),
    );
  });

  test('those that are made of others read nothing more, and change no other', () => {
    const without = compileGroup(definition, group(AGGREGATED), FREQUENT);
    expect([without.events, without.horizonMs]).toEqual([plan.events, plan.horizonMs]);
    fc.assert(
      fc.property(rows({ timeMax: 600, maxLength: 60 }), times(0, 700), (all, t) => {
        const [one, other] = [new Entity(plan), new Entity(without)];
        const [records, others] = [new Records(), new Records()];
        for (const row of all) {
          insert(plan, one, row);
          insert(without, other, row);
        }
        const { ...answered } = answer(one, t, null);
        for (const { name } of DERIVED) delete answered[name];
        expect(answered).toEqual(answer(other, t, null, without));
        records.save(one);
        others.save(other);
        expect(records.held).toEqual(others.held);
      }),
      { numRuns: 20 },
    );
  });
});

/** Rows of an inbox: what is known of them later than they happened. */
const inbox = (latenessMaxMs: number, { stepMaxMs, length }: { stepMaxMs: number; length: number }) =>
  fc
    .array(
      fc.record({
        row: rows({ timeMax: 0, maxLength: 1 }).filter((list) => list.length === 1),
        // At the edges of windows, where there are few.
        stepMs: stepMaxMs > GRID_MS ? times(0, stepMaxMs) : fc.nat(stepMaxMs),
        lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, times(0, latenessMaxMs)),
        restart: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { minLength: stepMaxMs > GRID_MS ? 0 : length, maxLength: length, size: 'max' },
    )
    .map((steps) => {
      let known = 0;
      return steps.map(({ row: [row], stepMs, lateMs, restart }, i) => {
        known += stepMs;
        return { known, restart, row: { ...row!, time: known - lateMs, id: `${row!.id}-${i}` } };
      });
    });

/** The same windows hold many spans of high levels; asked for are those of which every bit shows how it was folded. */
const folded = compileGroup(
  definition,
  group(
    [400, 150, null].flatMap((windowMs) => [
      feature({ name: `sum_${windowMs}`, aggregate: 'sum', value: field('x'), windowMs }),
      feature({ name: `variance_${windowMs}`, aggregate: 'variance', value: field('x'), windowMs, event: 'b' }),
      feature({
        name: `decayed_${windowMs}`,
        aggregate: 'decayedMean',
        value: field('x'),
        windowMs,
        halfLifeMs: 100,
        delayMs: windowMs === 150 ? 60 : 0,
      }),
    ]),
  ),
  FREQUENT,
);

describe.each([
  { what: 'few events, every feature', plan, size: { stepMaxMs: 60, length: 120 }, numRuns: 40 },
  { what: 'many events', plan: folded, size: { stepMaxMs: 3, length: 600 }, numRuns: 4 },
])('eviction: $what', ({ plan, size, numRuns }) => {
  test('and restarts change nothing within the horizon', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(inbox(LATENESS_MS, size), (steps) => {
        let entity = new Entity(plan);
        const records = new Records();
        const all: NaiveEvent[] = [];
        for (const [i, { known, row, restart }] of steps.entries()) {
          if (restart) {
            records.save(entity);
            if (i % 2 === 0) entity = records.load(plan);
            else entity.letGo(i % 3 > 0);
          }
          records.bring(entity, [comingOf(plan, row, i % 6 === 5)], known);
          entity.evict(known);
          if (i % 6 === 5) expect(answer(entity, row.time, row, plan)).toEqual(truth(all, row.time, row, plan));
          expect(insert(plan, entity, row)).toBe('inserted');
          all.push(row);
        }
      }),
      { numRuns, endOnFailure: numRuns < 10 },
    );
  });

  test('takes what is too late into features over all time alone', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(inbox(4 * horizonMs, size), (steps) => {
        const entity = new Entity(plan);
        const all: NaiveEvent[] = [];
        const { borderOf } = plan.logs[0]!;
        const twins = { a: new NaiveAllTime(borderOf), b: new NaiveAllTime(borderOf) };
        for (const [i, { known, row }] of steps.entries()) {
          entity.evict(known);
          for (const twin of Object.values(twins)) twin.evict(known - horizonMs);
          if (i % 6 === 5 && row.time >= known - LATENESS_MS) {
            const expected = naiveFeatures(plan.group.features, (one) =>
              one.windowMs === null
                ? twins[one.event as 'a' | 'b'].value(one, row.time, row)
                : naive(one, all, row.time, row, borderOf),
            );
            expect(answer(entity, row.time, row, plan)).toEqual(named(plan, expected));
          }
          if (insert(plan, entity, row) === 'beyondHorizon') expect(row.time).toBeLessThan(known - horizonMs);
          twins[row.topic as 'a' | 'b'].insert(row);
          all.push(row);
        }
      }),
      { numRuns, endOnFailure: numRuns < 10 },
    );
  });

  test('does not depend on restarts, whatever comes late', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(inbox(4 * horizonMs, size), (steps) => {
        const straight = new Entity(plan);
        let restarted = new Entity(plan);
        const records = new Records();
        for (const { known, row, restart } of steps) {
          if (restart) {
            records.save(restarted);
            restarted = records.load(plan);
            expect(restarted.dirty()).toEqual([]);
          }
          const asked = { event: -1, time: known, id: '', scored: true };
          records.bring(restarted, [comingOf(plan, row, false), asked], known);
          expect(restarted.evict(known)).toBe(straight.evict(known));
          expect(insert(plan, restarted, row)).toBe(insert(plan, straight, row));
          expect(answer(restarted, known, null, plan)).toEqual(answer(straight, known, null, plan));
        }
        const whole = new Records();
        records.save(restarted);
        whole.save(straight);
        expect([...records.held].sort()).toEqual([...whole.held].sort());
      }),
      { numRuns, endOnFailure: numRuns < 10 },
    );
  });
});

describe('eviction', () => {
  // Every event is a border here, so that every event is a closed chunk.
  const each = (features: readonly FeatureDefinition[]) =>
    compileGroup(definition, group(features), { chunkModulus: 1, fanout: 1e9 });
  const at = (time: number, id: string, x = 1): NaiveEvent => ({ topic: 'a', time, id, values: { x } });

  test('keeps what the latest answerable query can still see', () => {
    const counts = each([feature({ aggregate: 'count', windowMs: 400 })]);
    const entity = new Entity(counts);
    for (const [time, id] of [
      [-1, 'gone'],
      [0, 'edge'],
    ] as const)
      insert(counts, entity, at(time, id));
    expect(entity.evict(400 + LATENESS_MS)).toBe(1);
    expect(ask(counts, entity, 400, null)).toEqual([1]);
    expect(entity.evict(401 + LATENESS_MS)).toBe(1);
    expect(entity.isEmpty).toBe(true);
  });

  test('by windows alone drops the tail too, and then knows nothing', () => {
    const counts = compileGroup(definition, group([feature({ aggregate: 'count' })]), { chunkModulus: 1e9 });
    const entity = new Entity(counts);
    const records = new Records();
    for (const id of ['u', 'v']) insert(counts, entity, at(5, id));
    records.save(entity);
    expect(records.held.size).toBe(1);
    expect(entity.evict(6 + counts.horizonMs)).toBe(2);
    records.save(entity);
    expect([entity.isEmpty, records.held.size]).toEqual([true, 0]);
    // As after a restart, of which nothing is left to tell.
    expect(insert(counts, entity, at(4, 'w'))).toBe('inserted');
  });

  test('compares what is late with the last event that is gone, by time and bytes', () => {
    const sums = each([feature({ aggregate: 'sum', value: field('x'), windowMs: null })]);
    const entity = new Entity(sums);
    insert(sums, entity, at(10, '\uffff'));
    entity.evict(11 + LATENESS_MS);
    expect(insert(sums, entity, at(10, '\uffff', 9))).toBe('repeated');
    expect(insert(sums, entity, at(10, '\ue000', 20))).toBe('beyondHorizon');
    expect(insert(sums, entity, at(9, '😀', 300))).toBe('beyondHorizon');
    expect(insert(sums, entity, at(10, '😀', 4000))).toBe('inserted');
    expect(ask(sums, entity, 11, null)).toEqual([4321]);
  });

  test('by windows ignores what is late', () => {
    const counts = each([feature({ aggregate: 'count' })]);
    const entity = new Entity(counts);
    for (const time of [10, 400]) insert(counts, entity, at(time, 'e'));
    expect(entity.evict(11 + counts.horizonMs)).toBe(1);
    expect(insert(counts, entity, at(9, 'e'))).toBe('beyondHorizon');
    expect(insert(counts, entity, at(11, 'e'))).toBe('inserted');
  });
});

describe('a repeated event', () => {
  const sums = compileGroup(definition, group([feature({ aggregate: 'sum', value: field('x') })]));
  const at = (x: number | null, id = 'e'): NaiveEvent => ({ topic: 'a', time: 1, id, values: { x } });

  test('counts once, the first; other values are a conflict', () => {
    const entity = new Entity(sums);
    expect(insert(sums, entity, at(1))).toBe('inserted');
    expect(insert(sums, entity, at(1))).toBe('repeated');
    expect(insert(sums, entity, at(2))).toBe('conflict');
    expect(insert(sums, entity, at(null))).toBe('conflict');
    expect(ask(sums, entity, 2, null)).toEqual([1]);
  });

  test('changes no records', () => {
    const entity = new Entity(sums);
    insert(sums, entity, at(null));
    entity.clean();
    expect(insert(sums, entity, at(null))).toBe('repeated');
    expect([entity.isDirty, entity.dirty()]).toEqual([false, []]);
  });
});
