import { beforeAll, expect, test } from 'vitest';
import { judgeTopics } from '../../../src/cli/doctor/topics.js';
import { type OwnTopic, ownTopics } from '../../../src/contract/topics.js';
import type { TopicFacts } from '../../../src/log/kafka/inspect.js';
import type { TopologyDefinition } from '../../../src/topology/definition.js';
import { flights } from '../../support/memory-world.js';

const FRAME = 512 * 1024;
const RAW = { departures: 2, arrivals: 2, weather: 1 };
let definition: TopologyDefinition;
let wanted: readonly OwnTopic[];
let well: readonly TopicFacts[];

beforeAll(async () => {
  definition = await flights();
  wanted = ownTopics(definition, RAW);
  const facts = { replicas: 3, inSync: 3, withoutLeader: 0 };
  const safe = { 'min.insync.replicas': '2', 'max.message.bytes': '1048588', 'retention.ms': '604800000' };
  well = [
    ...definition.events.map(({ topic }) => ({
      ...facts,
      topic,
      partitions: RAW[topic as keyof typeof RAW],
      config: { ...safe, 'cleanup.policy': 'delete' },
    })),
    ...wanted.map(({ topic, partitions, config }) => ({ ...facts, topic, partitions, config: { ...safe, ...config } })),
  ];
});

const judge = (found: readonly TopicFacts[], events = definition.events) => judgeTopics(events, wanted, found, FRAME);
/** With some settings of one topic changed. */
const changed = (topic: string, config: Record<string, string>, more: Partial<TopicFacts> = {}) =>
  judge(well.map((one) => (one.topic === topic ? { ...one, ...more, config: { ...one.config, ...config } } : one)));

test('all as it should be is one line', () => {
  expect(judge(well)).toEqual([expect.objectContaining({ level: 'ok', remedy: null })]);
});

const DAY = 86_400_000;
test.each([
  ['weather', { 'cleanup.policy': 'compact,delete' }, 'warning', /weather: is compacted/],
  ['weather', { 'retention.ms': '3600000' }, 'warning', /weather: is kept for 1h/],
  ['flights.admitted.weather.v1', { 'retention.ms': String(2 * DAY) }, 'warning', /is kept for 2d where .* is wanted/],
  ['flights.admitted.weather.v1', { 'retention.ms': '3600000' }, 'error', /less than what workers go on from/],
  ['flights.inbox.carrier.v1', { 'retention.ms': String(DAY) }, 'error', /is kept for 1d, less than/],
  ['flights.served.delays.v1', { 'retention.ms': String(400 * DAY) }, 'error', /it is to be for ever/],
  ['flights.vectors.delays.v1', { 'retention.bytes': '1000000' }, 'warning', /retention.bytes is 1000000/],
  ['flights.changelog.plane.v1', { 'cleanup.policy': 'delete' }, 'error', /cleanup.policy is delete where compact is/],
  ['flights.models.all.v1', { 'cleanup.policy': 'compact' }, 'error', /cleanup.policy is compact where delete is/],
  ['flights.inbox.plane.v1', { 'retention.ms': String(DAY) }, 'warning', /is kept for 1d where for ever is wanted/],
  ['flights.inbox.plane.v1', { 'max.message.bytes': '100000' }, 'error', /max.message.bytes is 100000, too little/],
  ['flights.vectors.delays.v1', { 'message.timestamp.type': 'CreateTime' }, 'warning', /message.timestamp.type is/],
  ['weather', { 'min.insync.replicas': '1' }, 'warning', /min.insync.replicas is 1: .* one disk only/],
  ['weather', { 'min.insync.replicas': '3' }, 'warning', /min.insync.replicas is 3 with 3 replicas: one broker away/],
  ['weather', { 'min.insync.replicas': '4' }, 'error', /min.insync.replicas is 4 with 3 replicas: nothing can/],
  ['weather', { 'unclean.leader.election.enable': 'true' }, 'error', /acknowledged records may be lost/],
])('%s with %o', (topic, config, level, message) => {
  const found = changed(topic, config as Record<string, string>);
  expect(found).toEqual([
    { area: 'topics', level, message: expect.stringMatching(message), remedy: expect.any(String) },
  ]);
  expect(found[0]!.message).toContain(topic);
});

test('partitions, replicas that are behind, leaders that are away, settings that may not be read', () => {
  const messages = (more: Partial<TopicFacts>) =>
    judge(well.map((one) => (one.topic === 'flights.vectors.delays.v1' ? { ...one, ...more } : one))).map(
      ({ level, message }) => `${level} ${message}`,
    );
  expect(messages({ partitions: 3 })).toEqual([expect.stringMatching(/^error .*has 3 partitions where 2 are needed/)]);
  expect(messages({ inSync: 2 })).toEqual([expect.stringMatching(/^warning .*2 of 3 replicas in sync/)]);
  expect(messages({ withoutLeader: 1 })).toEqual([expect.stringMatching(/^error .*1 partitions have no leader/)]);
  expect(messages({ config: null })).toEqual([expect.stringMatching(/^warning .*may not be read/)]);
});

test('knownAt by the broker wants the broker’s time', () => {
  const events = definition.events.map((event) => ({ ...event, knownAt: { by: 'broker' as const } }));
  expect(judge(well, events)).toEqual([
    expect.objectContaining({
      level: 'error',
      message: expect.stringMatching(/^departures, arrivals, weather: knownAt/),
    }),
  ]);
});

test('raw topics that are missing; own ones that are not there yet, and some that have gone', () => {
  expect(judge([]).map(({ level }) => level)).toEqual(['error', 'ok']);
  const gone = judge(well.filter(({ topic }) => !topic.startsWith('flights.inbox.plane')));
  expect(gone).toEqual([
    expect.objectContaining({
      level: 'error',
      message: expect.stringContaining('these are not: flights.inbox.plane.v1'),
    }),
  ]);
});
