/** What the engine promises, on random worlds. The naive twin keeps all events, and sorts and filters them for each question. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGroup, Entity, type GroupPlan } from '../../src/aggregate/index.js';
import type { Scalar } from '../../src/topology/definition.js';
import { type NaiveEvent, naive, naiveFeatures } from '../aggregate/naive.js';
import {
  AGGREGATED,
  ask,
  definition,
  FREQUENT,
  feature,
  field,
  group,
  insert,
  LATENESS_MS,
  rows,
  times,
  values,
} from '../aggregate/support.js';
import { LAW, LAW_TIMEOUT_MS } from './runs.js';
import { answers, encodedAnswer, features, inbox, isAnswerable, plan, STRAIGHT, ways } from './worlds.js';

const law = (name: string, property: fc.IRawProperty<unknown>) =>
  test(name, () => fc.assert(property as fc.IAsyncProperty<unknown>, LAW), LAW_TIMEOUT_MS);

/** Those whose event the group reads. */
function insertAll(compiled: GroupPlan, entity: Entity, all: readonly NaiveEvent[]): void {
  for (const row of all) if (isRead(compiled, row)) insert(compiled, entity, row);
}
const isRead = (compiled: GroupPlan, row: NaiveEvent) => compiled.events.some(({ topic }) => topic === row.topic);

/** Bit by bit: 0 is not -0 here. */
const expectSame = (got: readonly Scalar[], expected: readonly Scalar[], names: readonly string[]) => {
  for (const [i, name] of names.entries()) {
    if (!Object.is(got[i], expected[i])) throw new Error(`${name} is ${got[i]}, and should be ${expected[i]}`);
  }
};

describe('a value is a function of the set of events and t', () => {
  law(
    'as the naive twin says, whatever the order of arrival',
    fc.property(features, rows({ timeMax: 600, maxLength: 60 }), values, times(0, 700), (of, all, own, t) => {
      const compiled = plan(of);
      const entity = new Entity(compiled);
      insertAll(compiled, entity, all);
      const scored: NaiveEvent = { topic: 'a', time: t, id: 'scored', values: own };
      const expected = naiveFeatures(of, (one) => naive(one, all, t, scored, compiled.logs[0]!.borderOf));
      expectSame(
        ask(compiled, entity, t, scored),
        expected,
        of.map(({ name }) => name),
      );
    }),
  );

  law(
    'another order of arrival changes nothing, but of repeats with other values',
    fc.property(
      features,
      rows({ timeMax: 600, maxLength: 60 }).chain((all) => {
        const seen = new Set<string>();
        const once = all.filter(({ topic, time, id }) => {
          const place = `${topic} ${time} ${id}`;
          return !seen.has(place) && seen.add(place);
        });
        const twice = [...once, ...once.filter((_, i) => i % 4 === 0)];
        return fc.tuple(fc.constant(once), fc.shuffledSubarray(twice, { minLength: twice.length }));
      }),
      times(0, 700),
      (of, [all, shuffled], t) => {
        const compiled = plan(of);
        const [one, other] = [new Entity(compiled), new Entity(compiled)];
        insertAll(compiled, one, all);
        insertAll(compiled, other, shuffled);
        expectSame(
          ask(compiled, other, t, null),
          ask(compiled, one, t, null),
          of.map(({ name }) => name),
        );
        const bytes = (entity: Entity) => entity.dirty().map(({ suffix, value }) => [suffix, value].join());
        expect(bytes(other).sort()).toEqual(bytes(one).sort());
      },
    ),
  );

  law(
    'an added feature changes no other',
    fc.property(features, features, rows({ timeMax: 600, maxLength: 60 }), times(0, 700), (of, more, all, t) => {
      const names = new Set(of.map(({ name }) => name));
      const both = [...more.filter(({ name }) => !names.has(name)), ...of];
      const [few, many] = [plan(of), plan(both)];
      const [one, other] = [new Entity(few), new Entity(many)];
      insertAll(few, one, all);
      insertAll(many, other, all);
      expectSame(ask(many, other, t, null).slice(both.length - of.length), ask(few, one, t, null), [...names]);
    }),
  );
});

describe('not one byte of the output changes', () => {
  law(
    'with other batches, a restart from a checkpoint at any point, and little memory',
    fc.asyncProperty(features, inbox(4 * LATENESS_MS), ways, async (of, steps, way) => {
      const compiled = plan(of);
      const known = steps.filter(({ row }) => isRead(compiled, row));
      expect(await answers(compiled, known, way)).toEqual(await answers(compiled, known, STRAIGHT));
    }),
  );

  law(
    'with three workers instead of one',
    fc.asyncProperty(features, inbox(4 * LATENESS_MS), fc.tuple(ways, ways, ways), async (of, steps, three) => {
      // Three inbox partitions; one worker has all three tasks, of three each has one, and goes its own way.
      const compiled = plan(of);
      for (const [partition, way] of three.entries()) {
        const mine = steps.filter(({ key, row }) => 'uvw'.indexOf(key) === partition && isRead(compiled, row));
        expect(await answers(compiled, mine, way)).toEqual(await answers(compiled, mine, STRAIGHT));
      }
    }),
  );

  law(
    'by eviction: what no window sees is not missed, and late events count',
    fc.asyncProperty(features, inbox(LATENESS_MS), ways, async (of, steps, way) => {
      const compiled = plan(of);
      const never = plan(of);
      const held = new Map<string, Entity>();
      const expected = new Map<number, readonly Scalar[]>();
      const known = steps.filter(({ row }) => isRead(compiled, row));
      const found = await answers(compiled, known, way);
      for (const [i, step] of known.entries()) {
        const entity = held.get(step.key) ?? new Entity(never);
        held.set(step.key, entity);
        // Never evicted: the whole history is there.
        if (step.scored && isAnswerable(step)) expected.set(i, ask(never, entity, step.row.time, step.row));
        insert(never, entity, step.row);
      }
      const unevicted = await answersOf(compiled, known, expected);
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      expect(found).toEqual(unevicted);
    }),
  );
});

describe('exact', () => {
  const at = (time: number, x: number): NaiveEvent => ({ topic: 'a', time, id: `id${time}`, values: { x } });
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

  law(
    'is a sum after 1e16 has left its window',
    fc.property(numbers, fc.constantFrom(1e16, -1e16, 1e300), (list, huge) => {
      const compiled = compileGroup(definition, group([feature({ aggregate: 'sum', value: field('x') })]), FREQUENT);
      const [one, other] = [new Entity(compiled), new Entity(compiled)];
      insert(compiled, one, at(0, huge));
      for (const [i, x] of list.entries()) {
        for (const entity of [one, other]) insert(compiled, entity, at(101 + i, x));
        ask(compiled, one, 50 + i, null);
      }
      for (let t = 101; t < 260; t += 7) {
        const [got, expected] = [ask(compiled, one, t, null), ask(compiled, other, t, null)];
        expectSame(got, expected, ['sum']);
      }
    }),
  );

  law(
    'is a variance: never negative, and 0 for equal values',
    fc.property(
      fc.oneof(numbers, fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 40 })),
      fc.boolean(),
      (list, equal) => {
        const of = AGGREGATED.filter(({ aggregate, event }) => aggregate === 'variance' && event === 'a');
        const compiled = plan(of);
        const entity = new Entity(compiled);
        for (const [i, x] of list.entries()) insert(compiled, entity, at(i, equal ? list[0]! : x));
        for (const [i, variance] of ask(compiled, entity, list.length, null).entries()) {
          if (variance === null) continue;
          expect(Object.is(variance, -0) || (variance as number) < 0).toBe(false);
          if (equal) expect(variance, of[i]!.name).toBe(0);
        }
      },
    ),
  );
});

/** The bytes of these features, as `answers` gives them. */
async function answersOf(
  of: GroupPlan,
  steps: Parameters<typeof answers>[1],
  expected: ReadonlyMap<number, readonly Scalar[]>,
) {
  const bytes = new Map<number, string>();
  for (const [i, out] of expected) bytes.set(i, await encodedAnswer(of, steps[i]!, i, out));
  return bytes;
}
