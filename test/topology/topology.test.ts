import { describe, expect, test } from 'vitest';
import {
  and,
  boostedTrees,
  command,
  count,
  type Duration,
  group,
  median,
  model,
  not,
  ratio,
  share,
  top,
  topology,
  view,
  zScore,
} from '../../src/index.js';
import { durationMs, durationText, windowMs } from '../../src/topology/duration.js';
import { event, schema } from '../../src/topology/event.js';
import { decayedCount, first, mean } from '../../src/topology/feature.js';
import { conditionOf } from '../../src/topology/field.js';
import { FEATURE } from '../../src/topology/kinds.js';
import { validate } from '../../src/topology/validate.js';
import flights from '../../topology/flights.js';

const Order = schema<{ order: 'string'; at: 'long'; then: 'int'; way: 'enum'; paid: 'boolean' }>({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'order', type: 'string' },
    { name: 'at', type: 'long' },
    { name: 'then', type: 'int' },
    { name: 'way', type: { type: 'enum', name: 'Way', symbols: ['post', 'van'] } },
    { name: 'paid', type: 'boolean' },
  ],
});
const order = event(Order, { topic: 'orders', id: 'order', time: 'at', knownAt: 'broker' });

describe('the flights', () => {
  const { definition } = flights;

  test('are sound', () => {
    expect(validate(definition)).toEqual([]);
  });

  test('have the events, groups and model of the sketch', () => {
    expect(definition.name).toBe('flights');
    expect(definition.events.map(({ schema, ...event }) => ({ ...event, schema: schema.name }))).toEqual([
      { topic: 'departures', id: ['flight_id'], time: 'time', knownAt: byTime(0), marks: true, schema: 'Departure' },
      { topic: 'arrivals', id: ['flight_id'], time: 'time', knownAt: byTime(0), marks: true, schema: 'Arrival' },
      {
        topic: 'weather',
        id: ['origin', 'time'],
        time: 'time',
        knownAt: byTime(3_600_000),
        marks: true,
        schema: 'Weather',
      },
    ]);
    expect(definition.groups.map(({ features, ...group }) => ({ ...group, features: features.length }))).toEqual([
      groupOf('origin', { departures: 'origin', arrivals: 'origin', weather: 'origin' }, 11),
      groupOf('plane', { departures: 'tailnum', arrivals: 'tailnum' }, 4),
      groupOf('carrier', { departures: 'carrier', arrivals: 'carrier' }, 4),
    ]);
    expect(definition.models).toEqual([
      {
        name: 'late-arrival',
        view: 'delays',
        label: {
          event: 'arrivals',
          is: {
            kind: 'compare',
            value: { kind: 'field', field: 'arr_delay' },
            is: 'gte',
            to: { kind: 'constant', value: 15 },
          },
          join: { scored: 'flight_id', label: 'flight_id' },
          withinMs: 129_600_000,
          ifNone: 'exclude',
        },
        trainer: {
          kind: 'boostedTrees',
          trees: 100,
          leaves: 31,
          learningRate: 0.1,
          minRowsInLeaf: 20,
          bins: 255,
          seed: 1,
        },
        gates: {
          bounds: { auc: { atLeast: 0.7 } },
          beats: 'champion',
          onMs: 1_209_600_000,
          embargoMs: 129_600_000,
          minRows: 100,
        },
        retrain: { onMessage: true },
      },
    ]);
  });

  test('are plain data', () => {
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
    expect(structuredClone(definition)).toEqual(definition);
  });

  function byTime(plusMs: number) {
    return { by: 'field', field: 'time', plusMs };
  }
  function groupOf(name: string, keys: Record<string, string>, features: number) {
    return { name, version: 1, keys, features, inboxPartitions: 4, latenessMs: 86_400_000 };
  }
});

describe('features', () => {
  test('carry window, delay, condition and half-life', () => {
    const paid = order.paid.eq(true);
    expect(decayedCount(order, '7d', { where: paid, delay: '1h', halfLife: '30m' })[FEATURE].definition).toEqual({
      aggregate: 'decayedCount',
      event: 'orders',
      value: null,
      where: conditionOf(paid),
      windowMs: 604_800_000,
      delayMs: 3_600_000,
      halfLifeMs: 1_800_000,
      rank: null,
      quantile: null,
      type: 'number',
    });
    expect(share(paid, 'all time')[FEATURE].definition).toMatchObject({ windowMs: null, where: conditionOf(paid) });
  });

  test('are categories where they keep a text', () => {
    expect(first(order.way, '1h')[FEATURE].definition.type).toBe('category');
    expect(first(order.paid, '1h')[FEATURE].definition.type).toBe('number');
    expect(mean(order.then, '1h')[FEATURE].definition).toMatchObject({
      value: { kind: 'field', field: 'then' },
      type: 'number',
    });
  });
});

describe('conditions, arithmetic, features of features', () => {
  const { definition } = group('order', {
    version: 1,
    key: [order.order],
    features: {
      pace: ratio('n', 'half'),
      n: count(order, '1h', { where: and(order.way.oneOf(['van', 'post', 'van']), not(order.paid.eq(true))) }),
      half: median(order.then.minus(order.at).dividedBy(1000), '1d'),
      z: zScore('pace', 'n', 'half'),
      way: top(order.way, '1d', { rank: 2 }),
    },
  });
  const named = (name: string) => definition.features.find((feature) => feature.name === name);

  test('become plain data', () => {
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
    expect(named('n')).toMatchObject({
      where: {
        kind: 'and',
        conditions: [
          { kind: 'oneOf', value: { kind: 'field', field: 'way' }, values: ['post', 'van'] },
          {
            kind: 'not',
            condition: { kind: 'compare', is: 'eq', value: { field: 'paid' }, to: { kind: 'constant', value: true } },
          },
        ],
      },
    });
    expect(named('half')).toMatchObject({
      aggregate: 'quantile',
      quantile: 0.5,
      rank: null,
      value: {
        kind: 'divide',
        left: { kind: 'subtract', left: { field: 'then' }, right: { field: 'at' } },
        right: { kind: 'constant', value: 1000 },
      },
    });
    expect(named('way')).toMatchObject({ aggregate: 'top', rank: 2, quantile: null, type: 'category' });
    expect(named('z')).toEqual({ name: 'z', derive: 'zScore', of: ['pace', 'n', 'half'], type: 'number' });
  });
});

describe('a topology', () => {
  const customer = group('customer', { version: 1, key: [order.order], features: { n: count(order, '1h') } });
  const orders = view('orders', { version: 1, score: order, groups: [customer] });
  const label = {
    is: order.paid.eq(true),
    join: [order.order, order.order],
    within: '1d',
    ifNone: 'negative',
  } as const;

  test('lists what its models, views and groups reach, each once', () => {
    const other = group('other', { version: 1, key: [order.order], features: { m: count(order, '2h') } });
    const paid = model('paid', { view: orders, label, gates: { beats: 'champion' } });
    const { definition } = topology('shop', { models: [paid], views: [orders], groups: [customer, other] });
    expect(definition.events.map((event) => event.topic)).toEqual(['orders']);
    expect(definition.groups.map((group) => group.name)).toEqual(['customer', 'other']);
    expect(definition.views.map((view) => view.name)).toEqual(['orders']);
  });

  test('says how long a view waits for its groups, where it does not wait for as long as it takes', () => {
    const options = { version: 1, score: order, groups: [customer] } as const;
    expect(orders.definition).not.toHaveProperty('deadlineMs');
    expect(view('orders', { ...options, deadline: '200ms' }).definition).toEqual({
      ...orders.definition,
      deadlineMs: 200,
    });
  });

  test('fills in what a model leaves out', () => {
    const { definition } = model('paid', { view: orders, label, gates: { brier: { atMost: 0.2 } } });
    expect(definition.trainer).toEqual(boostedTrees());
    expect(definition.gates).toEqual({
      bounds: { brier: { atMost: 0.2 } },
      beats: null,
      onMs: 1_209_600_000,
      embargoMs: 86_400_000,
      minRows: 100,
    });
    expect(definition.retrain).toEqual({ onMessage: false });
    expect(command('python', 'train.py')).toEqual({ kind: 'command', command: ['python', 'train.py'] });
  });

  test('refuses two keys of one event at once', () => {
    expect(() => group('g', { version: 1, key: [order.order, order.at], features: { n: count(order, '1h') } })).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_INVALID', message: expect.stringContaining('order and at') }),
    );
  });

  test('an event is no promise, unless its schema says so', () => {
    const { then, ...fields } = Object.fromEntries(Order.fields.map((field) => [field.name, field]));
    const plain = { ...Order, fields: Object.values(fields) } as typeof Order;
    expect(then).toBeDefined();
    expect(order.then).toBeDefined();
    expect(event(plain, { topic: 't', id: 'order', time: 'at', knownAt: 'at' }).then).toBeUndefined();
  });
});

describe('durations', () => {
  test.each<[Duration, number]>([
    ['500ms', 500],
    ['15s', 15_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('%s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
    expect(durationText(ms)).toBe(text);
  });

  test('are written in the greatest unit that holds them', () => {
    expect([0, 1, 90_000, 129_600_000, 86_400_001].map(durationText)).toEqual([
      '0ms',
      '1ms',
      '90s',
      '36h',
      '86400001ms',
    ]);
  });

  test('what is none is NaN, for validation to find', () => {
    for (const text of ['1x', '', 'h', '1.5h', '-1h', ' 1h', '1 h']) expect(durationMs(text as Duration)).toBeNaN();
    expect(windowMs('all time')).toBeNull();
  });
});
