import { expect, test } from 'vitest';
import { eventColumns } from '../../src/cli/vectors-file.js';
import type { EventDefinition } from '../../src/topology/definition.js';

const event: EventDefinition = {
  topic: 'sightings',
  schema: {
    type: 'record',
    name: 'Sighting',
    fields: [
      { name: 'station', type: 'int' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'share', type: 'double' },
    ],
  },
  id: ['station', 'at', 'share'],
  time: 'at',
  knownAt: { by: 'field', field: 'at', plusMs: 0 },
  marks: false,
};

test('id fields and time once each, by their own types', () => {
  expect(eventColumns(event, [])).toEqual([
    { field: 'station', column: { name: 'station', type: 'INTEGER' } },
    { field: 'at', column: { name: 'at', type: 'BIGINT' } },
    { field: 'share', column: { name: 'share', type: 'VARCHAR' } },
  ]);
});

test('no column has the name of another, whatever its case, as SQL would have it', () => {
  const names = (features: string[]) => eventColumns(event, features).map(({ column }) => column.name);
  expect(names(['Station', 'x'])).toEqual(['event_station', 'at', 'share']);
  expect(names(['at', 'event_AT'])).toEqual(['station', 'event_event_at', 'share']);
});
