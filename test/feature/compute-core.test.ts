import { expect, test } from 'vitest';
import { compileGroup, Entity } from '../../src/aggregate/index.js';
import { ComputeCore } from '../../src/feature/compute-core.js';
import { definition, feature, field, group } from '../aggregate/support.js';

const DAY_MS = 86_400_000;
const features = [feature({ aggregate: 'sum', value: field('x'), windowMs: DAY_MS })];
const plan = compileGroup(definition, { ...group(features), latenessMs: DAY_MS });
const { topic } = plan.events[0]!;

test.each([
  ['of an entity that is new', []],
  ['of an entity that holds later ones', [9.5 * DAY_MS]],
  ['of an entity whose events have all left', [0]],
])('an event from behind the horizon is counted as late: %s', (_, times) => {
  const core = new ComputeCore(plan);
  const entity = new Entity(plan);
  let offset = 0;
  const apply = (time: number, known: number) =>
    core.apply(
      { source: 0, offset: offset++, known, time, id: `${time}`, key: 'k', scored: false, values: {} },
      topic,
      0,
      entity,
    );
  for (const time of times) apply(time, time);
  expect(core.counts.lateBeyondHorizon).toBe(0);
  apply(8 * DAY_MS, 10 * DAY_MS);
  expect(core.counts.lateBeyondHorizon).toBe(0);
  apply(8 * DAY_MS - 1, 10 * DAY_MS);
  expect(core.counts.lateBeyondHorizon).toBe(1);
});
