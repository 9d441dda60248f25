import { describe, expect, test } from 'vitest';
import { canonical, groupForm, groupHash, sha256, viewHash } from '../../src/topology/canonical.js';
import type {
  EventDefinition,
  GroupDefinition,
  TopologyDefinition,
  ViewDefinition,
} from '../../src/topology/definition.js';
import { difference } from '../../src/topology/difference.js';
import flights from '../../topology/flights.js';

const { definition } = flights;
const [origin, plane] = definition.groups as [GroupDefinition, GroupDefinition];
const view = definition.views[0]!;

/** The definition with one group, event or view changed. */
const withGroup = (name: string, change: Partial<GroupDefinition>): TopologyDefinition => ({
  ...definition,
  groups: definition.groups.map((group) => (group.name === name ? { ...group, ...change } : group)),
});
const withEvent = (
  topic: string,
  change: (event: EventDefinition) => Partial<EventDefinition>,
): TopologyDefinition => ({
  ...definition,
  events: definition.events.map((event) => (event.topic === topic ? { ...event, ...change(event) } : event)),
});
const withType = (topic: string, field: string, type: unknown) =>
  withEvent(topic, ({ schema }) => ({
    schema: { ...schema, fields: schema.fields.map((f) => (f.name === field ? { ...f, type } : f)) },
  }));
const hashOf = (changed: TopologyDefinition, name = 'origin') =>
  groupHash(changed, changed.groups.find((group) => group.name === name)!);
const viewHashOf = (changed: TopologyDefinition) => viewHash(changed, changed.views[0]!);

describe('the canonical form', () => {
  test('sorts keys, keeps lists, leaves out undefined', () => {
    expect(canonical({ b: [2, 1, { d: null, c: 'x' }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[2,1,{"c":"x","d":null}]}',
    );
    expect(canonical({ 10: 1, 9: 2 })).toBe(canonical({ 9: 2, 10: 1 }));
  });
  test('refuses numbers that JSON would make null', () => {
    expect(() => canonical({ windowMs: Number.NaN })).toThrow('finite');
  });
  test('has the sha256 that everybody has', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(groupHash(definition, origin)).toBe(sha256(canonical(groupForm(definition, origin))));
  });
});

describe('a group hash', () => {
  const before = groupHash(definition, origin);

  test.each<[string, TopologyDefinition]>([
    ['version', withGroup('origin', { version: 2 })],
    ['inbox partitions', withGroup('origin', { inboxPartitions: 8 })],
    ['lateness', withGroup('origin', { latenessMs: 1 })],
    [
      'window',
      withGroup('origin', { features: [{ ...origin.features[0]!, windowMs: 1 }, ...origin.features.slice(1)] }),
    ],
    ['order of features', withGroup('origin', { features: [...origin.features].reverse() })],
    ['key', withGroup('origin', { keys: { ...origin.keys, weather: 'time' } })],
    ["an event's id", withEvent('weather', () => ({ id: ['time', 'origin'] }))],
    ["an event's time", withEvent('departures', () => ({ time: 'scheduled_arrival' }))],
    ["an event's known time", withEvent('weather', () => ({ knownAt: { by: 'broker' } }))],
    ['the kind of a field that is read', withType('arrivals', 'arr_delay', 'double')],
  ])('covers the %s', (_, changed) => {
    expect(hashOf(changed)).not.toBe(before);
  });

  test.each<[string, TopologyDefinition]>([
    ['another group', withGroup('plane', { version: 2 })],
    ['documentation', withEvent('weather', ({ schema }) => ({ schema: { ...schema, doc: 'other' } }))],
    ['marks', withEvent('weather', () => ({ marks: false }))],
    ['the kind of a field that nobody reads', withType('arrivals', 'dep_delay', 'double')],
    ['null for a field that is read', withType('arrivals', 'arr_delay', ['null', 'int'])],
  ])('does not cover %s', (_, changed) => {
    expect(hashOf(changed)).toBe(before);
  });

  test('covers only the events that the group reads', () => {
    expect(
      hashOf(
        withEvent('weather', () => ({ knownAt: { by: 'broker' } })),
        'plane',
      ),
    ).toBe(groupHash(definition, plane));
  });
});

describe('a view hash', () => {
  const before = viewHash(definition, view);
  const withView = (change: Partial<ViewDefinition>) => ({ ...definition, views: [{ ...view, ...change }] });

  test.each<[string, TopologyDefinition]>([
    ['a group of it', withGroup('plane', { version: 2 })],
    ['the order of its groups', withView({ groups: ['plane', 'origin', 'carrier'] })],
    ['its fields', withView({ fields: view.fields.slice(1) })],
    ['the kind of its fields', withType('departures', 'distance', 'double')],
  ])('covers %s', (_, changed) => {
    expect(viewHashOf(changed)).not.toBe(before);
  });
  test('does not cover its models', () => {
    expect(viewHashOf({ ...definition, models: [] })).toBe(before);
  });
});

describe('the difference', () => {
  test('of equals is none', () => {
    expect(difference(definition, structuredClone(definition))).toEqual([]);
  });

  test('is told by path, members by name', () => {
    const after = {
      ...origin,
      inboxPartitions: 8,
      keys: { departures: 'origin', arrivals: 'origin' },
      features: [
        { ...origin.features[1]! },
        { ...origin.features[0]!, windowMs: 7_200_000 },
        ...origin.features.slice(2, -1),
        { ...origin.features[0]!, name: 'new' },
      ],
    };
    const lines = difference(origin, after);
    expect(lines.slice(0, 3)).toEqual([
      'keys.weather: removed "origin"',
      'features[origin_departures_1h].windowMs: 3600000 -> 7200000',
      expect.stringMatching(/^features\[origin_last_visib\]: removed \{"aggregate":"last"/),
    ]);
    expect(lines.slice(3)).toEqual([
      expect.stringMatching(/^features\[new\]: added /),
      expect.stringMatching(/^features: order origin_departures_1h, .* -> origin_departure_carriers_3h, /),
      'inboxPartitions: 4 -> 8',
    ]);
  });

  test('is empty exactly where the canonical forms are equal', () => {
    const values = [1, '1', null, [], [1], [1, 1], ['a', 'b'], ['b', 'a'], {}, { a: 1 }, { a: null }, [{ name: 'a' }]];
    for (const a of values) {
      for (const b of values) {
        expect([difference(a, b).length === 0, a, b]).toEqual([canonical(a) === canonical(b), a, b]);
      }
    }
  });
});
