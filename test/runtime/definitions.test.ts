import { expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { definitionsTopic } from '../../src/contract/topics.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { changedDefinitions, settleDefinitions } from '../../src/runtime/definitions.js';
import { systemClock } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import type { GroupDefinition, TopologyDefinition } from '../../src/topology/definition.js';
import { flights } from '../support/memory-world.js';

async function world(partitions = 1) {
  const log = memoryLog();
  const definition = await flights();
  const topics = definition.events.map(({ topic }) => ({ topic, partitions, config: {} }));
  await log.createTopics(topics);
  const raw = await ensureTopics(log, definition);
  const io = () => ({ log, codec: new Codec(registry), clock: systemClock });
  const registry = memoryRegistry();
  return { definition, raw, io };
}

const withGroup = (
  definition: TopologyDefinition,
  name: string,
  change: (group: GroupDefinition) => GroupDefinition,
) => ({
  ...definition,
  groups: definition.groups.map((group) => (group.name === name ? change(group) : group)),
});
const longer = (group: GroupDefinition): GroupDefinition => ({
  ...group,
  features: group.features.map((feature) =>
    feature.name === 'tail_arrivals_24h' ? { ...feature, windowMs: 3_600_000 } : feature,
  ),
});

test('the same definition is settled again, with the same numbers', async () => {
  const { definition, raw, io } = await world();
  const numbers = await settleDefinitions(definition, raw, io());
  expect(await settleDefinitions(definition, raw, io())).toEqual(numbers);
  expect(numbers.inference).toEqual(['serve/delays.v1/0']);
});

test('a changed definition under its version is refused, with what changed', async () => {
  const { definition, raw, io } = await world();
  await settleDefinitions(definition, raw, io());
  const refused = settleDefinitions(withGroup(definition, 'plane', longer), raw, io());
  await expect(refused).rejects.toMatchObject({
    code: 'DEFINITION_CHANGED',
    message: expect.stringMatching(
      /group plane@1:\n {4}group\.features\[tail_arrivals_24h\]\.window: "1d" -> "1h"\n.*view delays@1:\n {4}a group that it reads changed: hash [0-9a-f]{12} -> [0-9a-f]{12}/s,
    ),
  });
});

test('what would be refused can be told before', async () => {
  const { definition, raw, io } = await world();
  await io().log.deleteTopics([definitionsTopic('flights')]);
  expect(await changedDefinitions(definition, io())).toBeNull();
  await ensureTopics(io().log, definition);
  expect(await changedDefinitions(definition, io())).toBeNull();
  await settleDefinitions(definition, raw, io());
  expect(await changedDefinitions(definition, io())).toEqual([]);
  expect(await changedDefinitions(withGroup(definition, 'plane', longer), io())).toMatchObject([
    { what: 'group plane@1', differences: ['group.features[tail_arrivals_24h].window: "1d" -> "1h"'] },
    { what: 'view delays@1' },
  ]);
});

test('under a new version it is another group', async () => {
  const { definition, raw, io } = await world();
  await settleDefinitions(definition, raw, io());
  const changed = withGroup(definition, 'plane', (group) => ({ ...longer(group), version: 2 }));
  const next = { ...changed, views: changed.views.map((view) => ({ ...view, version: 2 })) };
  const numbers = await settleDefinitions(next, raw, io());
  expect(numbers.feature).toEqual(expect.arrayContaining(['route/plane.v1', 'route/plane.v2', 'compute/plane.v2/3']));
});

test('a task’s number is given once: new ones come after the old', async () => {
  const { definition, raw, io } = await world();
  const before = await settleDefinitions(definition, raw, io());
  const after = await settleDefinitions(definition, { ...raw, departures: 3 }, io());
  expect(after.feature.slice(0, before.feature.length)).toEqual(before.feature);
  expect(after.feature.slice(before.feature.length)).toEqual(['admit/departures/1', 'admit/departures/2']);
});

test('two workers that decide at once agree', async () => {
  const { definition, raw, io } = await world(3);
  const [a, b] = await Promise.all([
    settleDefinitions(definition, raw, io()),
    settleDefinitions(definition, raw, io()),
  ]);
  expect(a).toEqual(b);
});
