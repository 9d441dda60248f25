import { describe, expect, test } from 'vitest';
import type {
  AggregateDefinition,
  Comparison,
  Condition,
  Derivation,
  DerivedDefinition,
  EventDefinition,
  GroupDefinition,
  ModelDefinition,
  TopologyDefinition,
  ViewDefinition,
} from '../../src/topology/definition.js';
import { problemsText, validate } from '../../src/topology/validate.js';
import flights from '../../topology/flights.js';

type Mutable<T> = T extends readonly (infer I)[]
  ? Mutable<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
interface Parts {
  all: Mutable<TopologyDefinition>;
  departures: Mutable<EventDefinition>;
  weather: Mutable<EventDefinition>;
  origin: Mutable<GroupDefinition>;
  plane: Mutable<GroupDefinition>;
  /** origin_mean_delay_1h. */
  mean: Mutable<AggregateDefinition>;
  view: Mutable<ViewDefinition>;
  model: Mutable<ModelDefinition>;
}

/** Problems of the flights after a change, as `place: message`. */
function after(change: (parts: Parts) => void): string[] {
  const all = structuredClone(flights.definition) as Mutable<TopologyDefinition>;
  const [departures, , weather] = all.events;
  const [origin, plane] = all.groups;
  const parts: Parts = {
    all,
    departures: departures!,
    weather: weather!,
    origin: origin!,
    plane: plane!,
    mean: origin!.features[2] as Mutable<AggregateDefinition>,
    view: all.views[0]!,
    model: all.models[0]!,
  };
  change(parts);
  return validate(all).map(({ place, message }) => `${place}: ${message}`);
}

const field = (name: string) => ({ kind: 'field' as const, field: name });
const compare = (name: string, is: Comparison, value: number | string): Mutable<Condition> => ({
  kind: 'compare',
  value: field(name),
  is,
  to: { kind: 'constant', value },
});

const derived = (name: string, derive: Derivation, ...of: string[]): Mutable<DerivedDefinition> => ({
  name,
  derive,
  of,
  type: 'number',
});

const MEAN = 'group origin > feature origin_mean_delay_1h';

/** What is changed, and the beginnings of all problems that follow. */
const CASES: [string, (parts: Parts) => void, string[]][] = [
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
    'mean of a string',
    ({ mean }) => (mean.value = field('carrier')),
    [`${MEAN}: field carrier of event arrivals is string: mean needs`],
  ],
  ['mean of nothing', ({ mean }) => (mean.value = null), [`${MEAN}: mean needs a field`]],
  ['unknown event', ({ mean }) => (mean.event = 'starts'), [`${MEAN}: event starts is unknown`]],
  ['unknown aggregate', ({ mean }) => (mean.aggregate = 'median' as 'mean'), [`${MEAN}: median is no aggregate`]],
  ['bad window', ({ mean }) => (mean.windowMs = Number.NaN), [`${MEAN}: its window is no duration`]],
  ['empty window', ({ mean }) => (mean.windowMs = 0), [`${MEAN}: its window is no duration, or empty`]],
  ['endless window', ({ mean }) => (mean.windowMs = 4e12), [`${MEAN}: its window is no duration`]],
  ['bad delay', ({ mean }) => (mean.delayMs = -1), [`${MEAN}: its delay is no duration`]],
  [
    'delayed all time',
    ({ mean }) => Object.assign(mean, { windowMs: null, delayMs: 1000 }),
    [`${MEAN}: all time cannot be delayed`],
  ],
  ['half-life of a mean', ({ mean }) => (mean.halfLifeMs = 1000), [`${MEAN}: mean has no half-life`]],
  [
    'decay without half-life',
    ({ mean }) => (mean.aggregate = 'decayedMean'),
    [`${MEAN}: decayedMean needs a half-life`],
  ],
  [
    'share without hit',
    ({ mean }) => Object.assign(mean, { aggregate: 'share', value: null }),
    [`${MEAN}: a share needs a condition`],
  ],
  ['count of a field', ({ mean }) => (mean.aggregate = 'count'), [`${MEAN}: count reads no field`]],
  ['type of a mean', ({ mean }) => (mean.type = 'category'), [`${MEAN}: it is declared as a category`]],
  [
    'type of the last text',
    ({ mean }) => Object.assign(mean, { aggregate: 'last', value: field('carrier') }),
    [`${MEAN}: it is declared as a number`],
  ],
  [
    'condition on another event',
    ({ mean }) => (mean.where = compare('temp', 'gt', 30)),
    [`${MEAN} > where: event arrivals has no field "temp"`],
  ],
  [
    'condition of another type',
    ({ mean }) => (mean.where = compare('carrier', 'eq', 1)),
    [`${MEAN} > where: carrier is string, and is compared to 1, which is double`],
  ],
  [
    'order of texts',
    ({ mean }) => (mean.where = compare('carrier', 'lt', 'UA')),
    [`${MEAN} > where: field carrier of event arrivals is string: lt needs`],
  ],
  [
    'arithmetic on a text',
    ({ mean }) => (mean.value = { kind: 'subtract', left: field('arr_delay'), right: field('carrier') }),
    [`${MEAN}: field carrier of event arrivals is string: subtract needs long, int, double, float`],
  ],
  [
    'arithmetic with a constant text',
    ({ mean }) => (mean.value = { kind: 'add', left: field('arr_delay'), right: { kind: 'constant', value: '1' } }),
    [`${MEAN}: the constant "1" is string: add needs`],
  ],
  [
    'a constant that is none',
    ({ mean }) =>
      (mean.where = { kind: 'compare', value: field('arr_delay'), is: 'lt', to: { kind: 'constant', value: NaN } }),
    [`${MEAN} > where: NaN is no constant`],
  ],
  [
    'a text of arithmetic',
    ({ mean }) =>
      Object.assign(mean, {
        aggregate: 'top',
        rank: 1,
        type: 'category',
        value: { kind: 'add', left: field('arr_delay'), right: field('arr_delay') },
      }),
    [`${MEAN}: arr_delay + arr_delay is a number: top needs string, enum`],
  ],
  [
    'a value without field',
    ({ mean }) => (mean.value = { kind: 'constant', value: 1 }),
    [`${MEAN}: it reads no field`],
  ],
  [
    'no expression',
    ({ mean }) => (mean.value = { kind: 'power' as 'add', left: field('arr_delay'), right: field('arr_delay') }),
    [`${MEAN}: power is no expression`],
  ],
  [
    'a condition without field',
    ({ mean }) =>
      (mean.where = {
        kind: 'compare',
        value: { kind: 'constant', value: 1 },
        is: 'eq',
        to: { kind: 'constant', value: 1 },
      }),
    [`${MEAN} > where: it reads no field`],
  ],
  [
    'fields of two types compared',
    ({ mean }) => (mean.where = { kind: 'compare', value: field('carrier'), is: 'eq', to: field('arr_delay') }),
    [`${MEAN} > where: carrier is string, and is compared to arr_delay, which is int`],
  ],
  [
    'no comparison',
    ({ mean }) => (mean.where = compare('arr_delay', 'like' as 'eq', 1)),
    [`${MEAN} > where: like is no comparison`],
  ],
  [
    'one of another type',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: ['AA', 1] }),
    [`${MEAN} > where: carrier is string, and oneOf is given 1`],
  ],
  [
    'one of none',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: [] }),
    [`${MEAN} > where: oneOf is given no values`],
  ],
  [
    'one of what is not sorted',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: ['UA', 'AA'] }),
    [`${MEAN} > where: the values of oneOf are not sorted`],
  ],
  [
    'one of repeated ones',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('arr_delay'), values: [1, 1] }),
    [`${MEAN} > where: the values of oneOf are not sorted, or repeat`],
  ],
  [
    'a wrong field deep in a condition',
    ({ mean }) =>
      (mean.where = {
        kind: 'and',
        conditions: [
          compare('arr_delay', 'gt', 1),
          { kind: 'not', condition: { kind: 'or', conditions: [{ kind: 'isNull', value: field('carier') }] } },
        ],
      }),
    [`${MEAN} > where: event arrivals has no field "carier"`],
  ],
  [
    'an empty and',
    ({ mean }) => (mean.where = { kind: 'and', conditions: [] }),
    [`${MEAN} > where: and has no conditions`],
  ],
  [
    'no condition',
    ({ mean }) => (mean.where = { kind: 'xor' as 'and', conditions: [] }),
    [`${MEAN} > where: xor is no condition`],
  ],
  ['rank of a mean', ({ mean }) => (mean.rank = 1), [`${MEAN}: mean has no rank`]],
  ['quantile of a mean', ({ mean }) => (mean.quantile = 0.5), [`${MEAN}: mean has no quantile`]],
  [
    'rank',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', value: field('carrier'), type: 'category', rank: 0 }),
    [`${MEAN}: its rank is 0`],
  ],
  [
    'top of a number',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', rank: 1 }),
    [`${MEAN}: field arr_delay of event arrivals is int: top needs string, enum`],
  ],
  [
    'type of a top',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', value: field('carrier'), rank: 1 }),
    [`${MEAN}: it is declared as a number`],
  ],
  [
    'quantile',
    ({ mean }) => Object.assign(mean, { aggregate: 'quantile', quantile: 90 }),
    [`${MEAN}: its quantile is 90`],
  ],
  ['no quantile', ({ mean }) => (mean.aggregate = 'quantile'), [`${MEAN}: its quantile is null`]],
  [
    'a derived feature of an unknown one',
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'origin_departures_1h', 'origin_mean_delay_2h')),
    ['group origin > feature r: it is made of "origin_mean_delay_2h", which group origin does not have'],
  ],
  [
    "a derived feature of another group's",
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'origin_departures_1h', 'tail_arrivals_24h')),
    ['group origin > feature r: it is made of "tail_arrivals_24h", which group origin does not have'],
  ],
  [
    'a derived feature of a category',
    ({ origin, mean }) =>
      origin.features.push(
        { ...mean, name: 'c', aggregate: 'last', value: field('carrier'), type: 'category' },
        derived('r', 'ratio', 'c', 'origin_mean_delay_1h'),
      ),
    ['group origin > feature r: it is made of c, which is a category'],
  ],
  [
    'operands',
    ({ origin }) => origin.features.push(derived('r', 'zScore', 'origin_departures_1h', 'origin_mean_delay_1h')),
    ['group origin > feature r: zScore is of 3 features, and is given 2'],
  ],
  [
    'no derivation',
    ({ origin }) => origin.features.push(derived('r', 'product' as 'ratio', 'origin_departures_1h')),
    ['group origin > feature r: product is no way to derive a feature'],
  ],
  [
    'type of a derived feature',
    ({ origin }) =>
      origin.features.push({
        ...derived('r', 'ratio', 'origin_departures_1h', 'origin_mean_delay_1h'),
        type: 'category' as 'number',
      }),
    ['group origin > feature r: ratio is a number, not a category'],
  ],
  [
    'a derived feature of itself',
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'r', 'origin_departures_1h')),
    ['group origin > feature r: it is made of itself: r of r'],
  ],
  [
    'a cycle',
    ({ origin }) =>
      origin.features.push(
        derived('s', 'ratio', 'q', 'origin_departures_1h'),
        derived('r', 'difference', 's', 'q'),
        derived('q', 'difference', 'origin_departures_1h', 'r'),
      ),
    [
      'group origin > feature s: it is made of itself: s of q of r of s',
      'group origin > feature r: it is made of itself: r of q of r',
    ],
  ],
  [
    'two features of a name',
    ({ origin }) => (origin.features[3]!.name = origin.features[2]!.name),
    [`${MEAN}: two features`],
  ],
  [
    'feature name',
    ({ mean }) => (mean.name = 'mean-delay'),
    ['group origin > feature mean-delay: "mean-delay" cannot be a feature\'s name'],
  ],
  ['kept name', ({ mean }) => (mean.name = '__m'), ['group origin > feature __m: "__m" cannot be a feature\'s name']],
  [
    'name of two groups',
    ({ plane }) => (plane.features[0]!.name = 'Origin_Mean_Delay_1h'),
    ['view delays > group plane > feature Origin_Mean_Delay_1h: its name is taken by group origin'],
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
  test.each(CASES)('%s', (_, change, expected) => {
    const problems = after(change);
    expect(problems.map((problem, i) => problem.slice(0, expected[i]?.length))).toEqual(expected);
  });

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
