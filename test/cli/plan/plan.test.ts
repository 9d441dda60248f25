import { expect, test } from 'vitest';
import { planOf } from '../../../src/cli/plan/plan.js';
import { planText } from '../../../src/cli/plan/text.js';
import { ownTopics } from '../../../src/contract/topics.js';
import type { TopicInfo } from '../../../src/log/log.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import type { AggregateDefinition } from '../../../src/topology/definition.js';

const flights = await loadTopology('topology/flights.ts');
const raw = { departures: 3, arrivals: 2, weather: 1 };
const brokers = (own = ownTopics(flights, raw)) =>
  new Map<string, TopicInfo>([
    ...Object.entries(raw).map(([topic, partitions]): [string, TopicInfo] => [
      topic,
      { topic, partitions, config: {} },
    ]),
    ...own.map(({ topic, partitions, config }): [string, TopicInfo] => [topic, { topic, partitions, config }]),
  ]);

test('without brokers: which raw topics decide, and everything that needs none', () => {
  const plan = planOf(flights, { unasked: 'no Kafka' });
  const topic = (name: string) => plan.topics.find((one) => one.topic === name);
  expect(topic('flights.vectors.delays.v1')).toMatchObject({
    exists: null,
    partitions: null,
    partitionsFrom: ['departures'],
  });
  expect(topic('flights.inbox.plane.v1')).toMatchObject({ exists: null, partitions: 4, partitionsFrom: [] });
  expect(topic('flights.tasks.feature')?.partitionsFrom).toEqual(['departures', 'arrivals', 'weather']);
  expect(topic('flights.tasks.training')).toMatchObject({ partitions: 2, partitionsFrom: [] });
  expect(plan.stages.map(({ stage, of, tasks }) => [stage, of, tasks])).toContainEqual(['admit', 'weather', null]);
  expect(plan.stages.map(({ stage, of, tasks }) => [stage, of, tasks])).toContainEqual(['compute', 'plane.v1', 4]);
  expect(planText(plan, null)).toContain('The brokers could not be asked which topics exist: no Kafka');
});

test('with brokers that have everything: counts of tasks and partitions, no difference', () => {
  const plan = planOf(flights, brokers());
  expect(plan.topics.filter(({ exists }) => !exists)).toEqual([]);
  expect(plan.topics.flatMap(({ differences }) => differences)).toEqual([]);
  expect(plan.topics.find(({ topic }) => topic === 'flights.vectors.delays.v1')).toMatchObject({
    partitions: 3,
    exists: true,
  });
  const tasks = (stage: string, of: string) => plan.stages.find((one) => one.stage === stage && one.of === of)?.tasks;
  expect([tasks('admit', 'departures'), tasks('admit', 'weather'), tasks('serve', 'delays.v1')]).toEqual([3, 1, 3]);
  expect(planText(plan, null)).not.toContain('To correct');
});

test('what differs is told by topic: partitions, settings, a missing raw topic', () => {
  const all = brokers();
  all.delete('weather');
  all.set('flights.inbox.plane.v1', {
    topic: 'flights.inbox.plane.v1',
    partitions: 9,
    config: { 'retention.ms': '1000' },
  });
  const plan = planOf(flights, all);
  const differences = (name: string) => plan.topics.find(({ topic }) => topic === name)!.differences;
  expect(differences('flights.inbox.plane.v1')).toEqual([
    'it has 9 partitions, and needs 4',
    'retention.ms is 1000, and should be -1',
  ]);
  expect(differences('weather')[0]).toContain('does not exist');
  const text = planText(plan, null);
  expect(text).toContain('To correct');
  expect(text).toMatch(/flights\.inbox\.plane\.v1: it has 9 partitions/);
});

test('numbers of settings are compared by value', () => {
  const own = ownTopics(flights, raw).map((topic) => ({
    ...topic,
    config: {
      ...topic.config,
      ...(topic.config['min.cleanable.dirty.ratio'] ? { 'min.cleanable.dirty.ratio': '0.10' } : {}),
    },
  }));
  expect(planOf(flights, brokers(own)).topics.flatMap(({ differences }) => differences)).toEqual([]);
});

test('a topic whose time must be the broker’s is checked for it', () => {
  const events = flights.events.map((event) =>
    event.topic === 'weather' ? { ...event, knownAt: { by: 'broker' as const } } : event,
  );
  const all = brokers();
  all.set('weather', { topic: 'weather', partitions: 1, config: { 'message.timestamp.type': 'CreateTime' } });
  const weather = planOf({ ...flights, events }, all).topics.find(({ topic }) => topic === 'weather')!;
  expect(weather.differences).toEqual(['message.timestamp.type is CreateTime, and should be LogAppendTime']);
});

test('columns in the view’s order, each with where it comes from', () => {
  const plan = planOf(flights, { unasked: '' });
  const columns = plan.views[0]!.columns;
  expect(columns).toHaveLength(24);
  expect(columns[0]).toEqual({ name: 'origin_departures_1h', type: 'number', from: 'origin.v1' });
  expect(columns.at(-1)).toEqual({ name: 'origin', type: 'category', from: 'departures.origin' });
  const text = planText(plan, null);
  for (const { name } of columns) expect(text).toContain(name);
  expect(text).toMatch(/origin_late_share_3h +share +arrivals +arr_delay >= 15 +3h +number/);
  expect(text).toContain('hour of departures.time, America/New_York');
});

test('arithmetic, conditions, ranks and derived features as they are computed', () => {
  const [origin, ...others] = flights.groups;
  const field = (name: string) => ({ kind: 'field', field: name }) as const;
  const mean = origin!.features.find(({ name }) => name === 'origin_mean_delay_1h') as AggregateDefinition;
  const features = [
    {
      ...mean,
      name: 'gained',
      value: { kind: 'subtract', left: field('arr_delay'), right: field('dep_delay') } as const,
      where: { kind: 'oneOf', value: field('carrier'), values: ['AA', 'UA'] } as const,
      delayMs: 1_800_000,
    },
    { ...mean, name: 'second', aggregate: 'top', value: field('carrier'), rank: 2, type: 'category' } as const,
    { name: 'times', derive: 'ratio', of: ['gained', 'origin_mean_delay_1h'], type: 'number' } as const,
  ];
  const groups = [{ ...origin!, features: [...origin!.features, ...features] }, ...others];
  const text = planText(planOf({ ...flights, groups }, { unasked: '' }), null);
  expect(text).toMatch(/gained +mean +arrivals: arr_delay - dep_delay +carrier in \(AA, UA\) +1h, 30m ago +number/);
  expect(text).toMatch(/second +top 2 +arrivals\.carrier +- +1h +category/);
  expect(text).toMatch(/times +ratio +gained \/ origin_mean_delay_1h +- +- +number/);
});
