import { expect, test } from 'vitest';
import { secondsSince } from '../../src/aggregate/seconds-since.js';
import { events, oneColumn, partialOf } from './one-column.js';

test('is the time since the last event, in seconds', () => {
  expect(events(secondsSince, [1000, 2500], 4000, [1])).toBe(1.5);
  expect(events(secondsSince, [], 4000)).toBe(null);
});
test('skips events that its condition leaves out', () => {
  const partial = partialOf(secondsSince, oneColumn([1, null], 'number', [1000, 2000]));
  expect(secondsSince.value(partial, 4000)).toBe(3);
});
test('what is merged late does not bring it back', () => {
  const partial = partialOf(secondsSince, oneColumn([1], 'number', [2000]));
  secondsSince.merge(partial, partialOf(secondsSince, oneColumn([1], 'number', [1000])));
  expect(secondsSince.value(partial, 4000)).toBe(2);
});
