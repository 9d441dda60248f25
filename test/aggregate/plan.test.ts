import { expect, test } from 'vitest';
import { compileGroup } from '../../src/aggregate/index.js';
import { compare, definition, feature, field, group, LATENESS_MS } from './support.js';

const yes = compare('yes', 'eq', true);

test('the horizon is the longest reach, delay included, and the lateness; all time counts 0', () => {
  const horizonOf = (...features: Parameters<typeof feature>[0][]) =>
    compileGroup(definition, group(features.map(feature))).horizonMs;
  expect(horizonOf({ aggregate: 'count', windowMs: 100 }, { aggregate: 'count', windowMs: 60, delayMs: 50 })).toBe(
    110 + LATENESS_MS,
  );
  expect(horizonOf({ aggregate: 'count', windowMs: null })).toBe(LATENESS_MS);
});

test('reads the events and fields that features read, sorted, and no others', () => {
  const plan = compileGroup(
    definition,
    group([
      feature({ aggregate: 'last', value: field('yes') }),
      feature({ aggregate: 'mean', value: field('x') }),
      feature({ aggregate: 'count', where: yes }),
    ]),
  );
  expect(plan.events).toEqual([{ topic: 'a', columns: ['x', 'yes'] }]);
});

test('features share what they can: a sum and a mean of one window are one fold', () => {
  const plan = compileGroup(
    definition,
    group([
      feature({ aggregate: 'sum', value: field('x') }),
      feature({ aggregate: 'mean', value: field('x') }),
      feature({ aggregate: 'mean', value: field('x'), windowMs: null }),
      feature({ aggregate: 'mean', value: field('x'), where: yes }),
      feature({ aggregate: 'distinct', value: field('x') }),
      feature({ aggregate: 'distinct', value: field('text') }),
    ]),
  );
  const [log] = plan.logs;
  expect(log!.folds.map(({ outputs }) => outputs.map((output) => output.feature))).toEqual([
    [0, 1],
    [2],
    [3],
    [4],
    [5],
  ]);
  expect(log!.partials.map(({ allTime }) => allTime)).toEqual([true, false, false, false]);
});

test('features share a column where they need the same expression under the same condition', () => {
  const apart = { kind: 'subtract', left: field('x'), right: field('y') } as const;
  const columnsOf = (...features: Parameters<typeof feature>[0][]) =>
    compileGroup(definition, group(features.map(feature))).logs[0]!.columns.numbers;
  const one = { aggregate: 'sum', value: apart, where: yes } as const;
  const more = columnsOf(one) - columnsOf({ aggregate: 'sum', value: field('x') });
  expect(more).toBe(3); // y, yes, and what the expression and its condition make
  expect(columnsOf(one, { ...one, aggregate: 'max', windowMs: null })).toBe(columnsOf(one));
  // The codes of its values.
  const distinct = { ...one, aggregate: 'distinct' } as const;
  expect(columnsOf(one, distinct, { ...distinct, windowMs: null })).toBe(columnsOf(one) + 1);
  // A miss is a 0 to a share, and nothing to others.
  const counted = { aggregate: 'count', where: yes } as const;
  expect(columnsOf(counted, { aggregate: 'share', where: yes })).toBe(columnsOf(counted) + 1);
});

test('derived features come behind what they are made of, and read no event', () => {
  const derived = (name: string, ...of: string[]) => ({ name, derive: 'difference', of, type: 'number' }) as const;
  const plan = compileGroup(
    definition,
    group([
      derived('second', 'first', 'n'),
      derived('third', 'second', 'first'),
      feature({ aggregate: 'count', name: 'n' }),
      derived('first', 'n', 'n'),
    ]),
  );
  expect(plan.derived).toEqual([
    { feature: 3, derive: 'difference', of: [2, 2] },
    { feature: 0, derive: 'difference', of: [3, 2] },
    { feature: 1, derive: 'difference', of: [0, 3] },
  ]);
  expect([plan.events.length, plan.horizonMs]).toEqual([1, 100 + LATENESS_MS]);
});
