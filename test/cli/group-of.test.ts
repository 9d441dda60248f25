import { expect, test } from 'vitest';
import { groupOf } from '../../src/cli/group-of.js';
import { definition, group } from '../aggregate/support.js';

const [one, two] = [group([]), { ...group([]), name: 'other' }];

test('the only group needs no name; of several one is named', () => {
  expect(groupOf({ ...definition, groups: [one] }, undefined)).toBe(one);
  expect(groupOf({ ...definition, groups: [one, two] }, 'other')).toBe(two);
});

test.each([
  [[one, two], undefined, 'GROUP_NOT_NAMED', 'test has several groups: give --group group or other'],
  [[one, two], 'x', 'GROUP_UNKNOWN', 'test has no group x; it has group, other'],
  [[], undefined, 'GROUP_UNKNOWN', 'test has no group; it has none'],
])('%j by %s: %s', (groups, name, code, message) => {
  expect(() => groupOf({ ...definition, groups }, name)).toThrow(expect.objectContaining({ code, message }));
});
