import { expect, test } from 'vitest';
import type { AggregateDefinition, Expression, GroupDefinition, RecordSchema } from '../../src/topology/definition.js';
import { fieldType, logicalType } from '../../src/topology/field-type.js';
import { fieldsOfGroup, keyFields, viewColumns } from '../../src/topology/fields.js';
import flights from '../../topology/flights.js';

const { definition } = flights;
const [origin, plane] = definition.groups;
const view = definition.views[0]!;

test('a group keeps the fields that its features and their conditions read, and not its key', () => {
  expect(fieldsOfGroup(definition, origin!, 'departures')).toEqual(['carrier']);
  expect(fieldsOfGroup(definition, origin!, 'arrivals')).toEqual(['arr_delay', 'carrier']);
  expect(fieldsOfGroup(definition, origin!, 'weather')).toEqual(['precip', 'visib', 'wind_speed']);
  expect(fieldsOfGroup(definition, plane!, 'departures')).toEqual([]);
});

test('however deep in expressions and conditions they are', () => {
  const [event] = definition.events.filter(({ topic }) => topic === 'arrivals');
  const field = (name: string): Expression => ({ kind: 'field', field: name });
  const group: GroupDefinition = {
    ...plane!,
    features: [
      {
        ...(plane!.features[0] as AggregateDefinition),
        value: {
          kind: 'divide',
          left: field('arr_delay'),
          right: { kind: 'add', left: field('dep_delay'), right: field('arr_delay') },
        },
        where: {
          kind: 'or',
          conditions: [
            { kind: 'not', condition: { kind: 'isNull', value: field('carrier') } },
            { kind: 'and', conditions: [{ kind: 'compare', value: field('flight'), is: 'ne', to: field('dest') }] },
            { kind: 'oneOf', value: field('origin'), values: ['EWR'] },
          ],
        },
      },
      { name: 'derived', derive: 'ratio', of: ['tail_last_delay', 'tail_last_delay'], type: 'number' },
    ],
  };
  expect(fieldsOfGroup(definition, group, event!.topic)).toEqual([
    'arr_delay',
    'carrier',
    'dep_delay',
    'dest',
    'flight',
    'origin',
  ]);
  expect(fieldsOfGroup(definition, group, 'departures')).toEqual([]);
});

test('a vector holds the features of the groups, then the fields of the view', () => {
  expect(viewColumns(definition, view).map((column) => column.name)).toEqual([
    'origin_departures_1h',
    'origin_departure_carriers_3h',
    'origin_mean_delay_1h',
    'origin_mean_delay_3h',
    'origin_mean_delay_24h',
    'origin_late_share_3h',
    'origin_arrival_carriers_3h',
    'origin_max_delay_24h',
    'origin_last_wind_speed',
    'origin_last_precip',
    'origin_last_visib',
    'tail_last_delay',
    'tail_seconds_since_arrival',
    'tail_arrivals_24h',
    'tail_mean_delay_7d',
    'carrier_mean_delay_3h',
    'carrier_mean_delay_24h',
    'carrier_late_share_24h',
    'carrier_std_delay_24h',
    'hour',
    'weekday',
    'distance',
    'carrier',
    'origin',
  ]);
  const categories = viewColumns(definition, view).filter((column) => column.type === 'category');
  expect(categories.map((column) => column.name)).toEqual(['carrier', 'origin']);
});

test('keys are those of its groups, and the join field of its labels', () => {
  expect(keyFields(definition, view)).toEqual(['carrier', 'flight_id', 'origin', 'tailnum']);
  expect(keyFields({ ...definition, models: [] }, view)).toEqual(['carrier', 'origin', 'tailnum']);
});

test('a field type is one kind, with null or without', () => {
  const way = { type: 'enum', name: 'Way', namespace: 'shop', symbols: ['post'] };
  const types: [unknown, string, boolean][] = [
    ['long', 'long', false],
    [['null', 'string'], 'string', true],
    [['double', { type: 'null' }], 'double', true],
    [{ type: 'float' }, 'float', false],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'long', false],
    [['boolean'], 'boolean', false],
    [way, 'enum', false],
    ['shop.Way', 'enum', false],
    [['null', 'Way'], 'enum', true],
    ['Other', 'unsupported', false],
    [['int', 'string'], 'unsupported', false],
    [['null'], 'unsupported', true],
    ['bytes', 'unsupported', false],
    [{ type: 'bytes', logicalType: 'decimal' }, 'unsupported', false],
    [{ type: 'record', name: 'R', fields: [] }, 'unsupported', false],
  ];
  const fields = types.map(([type], i) => ({ name: `f${i}`, type }));
  const schema: RecordSchema = { type: 'record', name: 'S', fields };
  types.forEach(([, kind, nullable], i) => {
    expect(fieldType(schema, `f${i}`)).toEqual({ kind, nullable });
  });
  expect(fieldType(schema, 'nope')).toBeNull();
  expect(logicalType(schema, 'f4')).toBe('timestamp-micros');
  expect(logicalType(schema, 'f0')).toBeNull();
});
