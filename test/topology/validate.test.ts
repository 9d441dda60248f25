import { describe, expect, test } from 'vitest';
import type { AggregateDefinition, TopologyDefinition } from '../../src/topology/definition.js';
import { problemsText, validate } from '../../src/topology/validate.js';
import flights from '../../topology/flights.js';
import { type Case, compare, expectProblems, field, MEAN, type Mutable } from './problems.js';

const CASES: Case[] = [
  [
    'topology name',
    ({ all }) => (all.name = 'my.flights'),
    ['topology my.flights: "my.flights" cannot be part of topic'],
  ],
  [
    'group name',
    ({ plane, view }) => (plane.name = view.groups[1] = '2plane'),
    ['group 2plane: "2plane" cannot be part'],
  ],
  ['long name', ({ model }) => (model.name = 'm'.repeat(61)), [`model ${'m'.repeat(61)}: "mm`]],
  [
    'topic',
    ({ all, view }) => {
      for (const event of all.events) if (event.topic === 'departures') event.topic = 'a topic';
      view.score = 'a topic';
      for (const group of all.groups) group.keys['a topic'] = 'origin';
      for (const group of all.groups) delete group.keys.departures;
      for (const f of all.groups[0]!.features) if ('event' in f && f.event === 'departures') f.event = 'a topic';
    },
    ['event a topic: "a topic" cannot be a Kafka topic'],
  ],
  [
    'long topics',
    ({ all }) => {
      const topic = 'd'.repeat(215);
      const renamed = JSON.parse(JSON.stringify(all).replaceAll('"departures"', `"${topic}"`));
      Object.assign(all, renamed);
    },
    ['origin', 'plane', 'carrier'].map((group) => `view delays: the topic of group ${group} and event ddd`),
  ],
  [
    'two groups of a name',
    ({ all, plane }) => all.groups.push({ ...plane, version: 2 }),
    ['group plane: two different groups have this name'],
  ],
  [
    'names that only a dash tells apart',
    ({ all, plane }) => {
      all.groups.push({ ...plane, name: 'a-b' }, { ...plane, name: 'a_b' });
    },
    ['group a_b: it cannot be told from group a-b: as Avro names both are a_b'],
  ],
  [
    'topics that only a dot tells apart',
    ({ all, weather }) => {
      all.events.push({ ...weather, topic: 'a.b' }, { ...weather, topic: 'a_b' });
    },
    ['event a_b: it cannot be told from event a.b'],
  ],
  [
    'features topics of one name',
    ({ all, departures, plane, view }) => {
      const keys = { 'b-c': 'tailnum', c: 'tailnum' };
      const features = [{ ...plane.features[0]!, event: 'c', value: field('flight') }];
      all.events.push({ ...departures, topic: 'b-c' }, { ...departures, topic: 'c' });
      all.groups.push({ ...plane, name: 'a', keys, features }, { ...plane, name: 'a-b', keys, features });
      all.views.push(
        { ...view, name: 'v', score: 'b-c', groups: ['a'] },
        { ...view, name: 'w', score: 'c', groups: ['a-b'] },
      );
    },
    ['view w: the features of group a-b and event c would go to the topic of group a and event b-c'],
  ],
  ['no id', ({ weather }) => (weather.id = []), ['event weather: it has no id']],
  [
    'unknown id',
    ({ weather }) => (weather.id = ['orign', 'time']),
    ['event weather > id: event weather has no field "orign"'],
  ],
  [
    'id of a double',
    ({ weather }) => (weather.id = ['temp']),
    ['event weather > id: field temp of event weather is double'],
  ],
  ['id twice', ({ weather }) => (weather.id = ['time', 'time']), ['event weather > id: time is named twice']],
  [
    'unknown time',
    ({ weather }) => (weather.time = 'when'),
    ['event weather > time: event weather has no field "when"'],
  ],
  [
    'time of text',
    ({ weather }) => (weather.time = 'origin'),
    ['event weather > time: field origin of event weather is string'],
  ],
  [
    'time that may be null',
    ({ departures }) => (departures.schema.fields[1]!.type = ['null', 'long']),
    ['event departures > time: field time of event departures may be null'],
  ],
  [
    'time in microseconds',
    ({ departures }) => (departures.schema.fields[1]!.type = { type: 'long', logicalType: 'timestamp-micros' }),
    ['event departures > time: field time is timestamp-micros'],
  ],
  [
    'unknown known time',
    ({ weather }) => (weather.knownAt = { by: 'field', field: 'seen', plusMs: 0 }),
    ['event weather > knownAt: event weather has no field "seen"'],
  ],
  [
    'known after no duration',
    ({ weather }) => (weather.knownAt = { by: 'field', field: 'time', plusMs: Number.NaN }),
    ['event weather > knownAt: its delay is no duration'],
  ],
  [
    'two fields of a name',
    ({ weather }) => weather.schema.fields.push({ name: 'temp', type: 'double' }),
    ['event weather > schema: it has two fields of one name: temp'],
  ],
  ['version', ({ origin }) => (origin.version = 0), ['group origin: version 0 is not allowed']],
  ['inbox partitions', ({ origin }) => (origin.inboxPartitions = 1.5), ['group origin: inboxPartitions 1.5']],
  ['lateness', ({ origin }) => (origin.latenessMs = Number.NaN), ['group origin: lateness is no duration']],
  ['deadline', ({ view }) => (view.deadlineMs = Number.NaN), ['view delays: deadline is no duration']],
  [
    'a deadline for nobody',
    ({ view }) => Object.assign(view, { deadlineMs: 200, groups: [] }),
    ['view delays: it has a deadline, and no group to wait for'],
  ],
  ['no features', ({ plane }) => (plane.features = []), ['group plane: it has no features']],
  [
    'unknown key',
    ({ plane }) => (plane.keys.arrivals = 'tail'),
    ['group plane > key: event arrivals has no field "tail"'],
  ],
  [
    'key of a double',
    ({ origin }) => (origin.keys.weather = 'temp'),
    ['group origin > key: field temp of event weather is double: a key needs string, int, long'],
  ],
  [
    'no key for a feature',
    ({ origin }) => delete origin.keys.weather,
    ['origin_last_wind_speed', 'origin_last_precip', 'origin_last_visib'].map(
      (name) =>
        `group origin > feature ${name}: group origin has no key for event weather, but only for departures and arrivals`,
    ),
  ],
  [
    'unknown field',
    ({ mean }) => (mean.value = field('arr_dealy')),
    [`${MEAN}: event arrivals has no field "arr_dealy"`],
  ],
  [
    'name of a feature and a field',
    ({ view }) => (view.fields[0]!.name = 'tail_last_delay'),
    ['view delays > field tail_last_delay: its name is taken by group plane'],
  ],
  [
    'name of the id',
    ({ view }) => (view.fields[0]!.name = 'flight_id'),
    ['view delays > field flight_id: its name is taken by the'],
  ],
  [
    'unknown group',
    ({ view }) => view.groups.push('dest'),
    ['view delays > group dest: the topology has no such group'],
  ],
  ['group twice', ({ view }) => view.groups.push('plane'), ['view delays > group plane: it is named twice']],
  [
    'group without a key for the scored event',
    ({ plane }) => delete plane.keys.departures,
    ['view delays > group plane: it has no key for the scored event departures'],
  ],
  ['unknown scored event', ({ view }) => (view.score = 'starts'), ['view delays: the scored event starts is unknown']],
  [
    'two views of an event',
    ({ all, view }) => all.views.push({ ...view, name: 'more' }),
    ['view more: event departures is scored by views delays, more: one view per scored event is allowed'],
  ],
  [
    'foreign field in a view',
    ({ view }) => (view.fields[2]!.of.field = 'arr_delay'),
    ['view delays > field distance: event departures has no field "arr_delay"'],
  ],
  [
    'time zone',
    ({ view }) => Object.assign(view.fields[0]!.of, { timeZone: 'New York' }),
    ['view delays > field hour: "New York" is no time zone'],
  ],
  [
    'hour of a text',
    ({ view }) => (view.fields[0]!.of.field = 'origin'),
    ['view delays > field hour: field origin of event'],
  ],
  [
    'type of a field',
    ({ view }) => (view.fields[3]!.type = 'number'),
    ['view delays > field carrier: it is declared as a number'],
  ],
  ['unknown view', ({ model }) => (model.view = 'v'), ['model late-arrival: the topology has no view v']],
  [
    'two models of a view',
    ({ all, model }) => all.models.push({ ...model, name: 'later' }),
    ['model later: view delays is read by models late-arrival, later: one model per view is allowed'],
  ],
  ['unknown label event', ({ model }) => (model.label.event = 'x'), ['model late-arrival > label: event x is unknown']],
  [
    'unknown label field',
    ({ model }) => (model.label.is = compare('x', 'gte', 15)),
    ['model late-arrival > label > is: event arrivals has no field "x"'],
  ],
  [
    'join of two types',
    ({ model }) => (model.label.join.label = 'time'),
    ['model late-arrival > label > join: departures.flight_id is string, arrivals.time is long: they never meet'],
  ],
  [
    'unknown join field',
    ({ model }) => (model.label.join.scored = 'arr_delay'),
    ['model late-arrival > label > join: event departures has no field "arr_delay"'],
  ],
  ['horizon', ({ model }) => (model.label.withinMs = 0), ['model late-arrival > label > within: it is no duration']],
  [
    'ifNone',
    ({ model }) => (model.label.ifNone = 'x' as 'exclude'),
    ['model late-arrival > label > ifNone: x is unknown'],
  ],
  ['trees', ({ model }) => Object.assign(model.trainer, { trees: 0 }), ['model late-arrival > trainer: trees is 0']],
  ['bins', ({ model }) => Object.assign(model.trainer, { bins: 256 }), ['model late-arrival > trainer: bins is 256']],
  [
    'learning rate',
    ({ model }) => Object.assign(model.trainer, { learningRate: 2 }),
    ['model late-arrival > trainer: learn'],
  ],
  [
    'empty command',
    ({ model }) => (model.trainer = { kind: 'command', command: [''] }),
    ['model late-arrival > trainer: it names no program'],
  ],
  [
    'no gates',
    ({ model }) => Object.assign(model.gates, { bounds: {}, beats: null }),
    ['model late-arrival > gates: nothing'],
  ],
  [
    'bound',
    ({ model }) => (model.gates.bounds.auc = { atLeast: 70 }),
    ['model late-arrival > gates > auc: its bounds are 70'],
  ],
  [
    'bounds the wrong way round',
    ({ model }) => (model.gates.bounds.brier = { atLeast: 0.3, atMost: 0.2 }),
    ['model late-arrival > gates > brier: no value is at least 0.3 and at most 0.2'],
  ],
  ['gate time', ({ model }) => (model.gates.onMs = Number.NaN), ['model late-arrival > gates > on: it is no duration']],
  ['embargo', ({ model }) => (model.gates.embargoMs = 1000), ['model late-arrival > gates > embargo: it is shorter']],
  ['gate rows', ({ model }) => (model.gates.minRows = 0), ['model late-arrival > gates > minRows: it is 0']],
  [
    'columns of the inbox that cannot be told apart',
    ({ all, weather, origin, mean }) => {
      const fields = (name: string) => [...weather.schema.fields, { name, type: 'double' }];
      all.events.push(
        { ...weather, topic: 'a', schema: { ...weather.schema, fields: fields('b__c') } },
        { ...weather, topic: 'a__b', schema: { ...weather.schema, fields: fields('c') } },
      );
      Object.assign(origin.keys, { a: 'origin', a__b: 'origin' });
      origin.features.push(
        { ...mean, name: 'x', event: 'a', value: field('b__c') },
        { ...mean, name: 'y', event: 'a__b', value: field('c') },
      );
    },
    ['group origin: fields of two events would both be a__b__c in the inbox'],
  ],
];

describe('validate', () => {
  test.each(CASES)('%s', (_, change, expected) => expectProblems(change, expected));

  test('reports everything at once, with a remedy each', () => {
    const broken = structuredClone(flights.definition) as Mutable<TopologyDefinition>;
    broken.name = '';
    broken.events[0]!.time = 'tiem';
    (broken.groups[0]!.features[2] as Mutable<AggregateDefinition>).value = field('arr_dealy');
    broken.models[0]!.gates.minRows = 0;
    const problems = validate(broken);
    expect(problems.map((problem) => problem.place)).toEqual([
      'topology ',
      'event departures > time',
      MEAN,
      'model late-arrival > gates > minRows',
    ]);
    expect(problems[1]!.remedy).toMatch(/^did you mean time\? Its fields are: flight_id, time, /);
    expect(problemsText(problems).split('\n')[2]).toMatch(
      /^ {2}group origin > .*"arr_dealy"; did you mean arr_delay\?/,
    );
  });
});
