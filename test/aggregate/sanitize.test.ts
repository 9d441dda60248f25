import { expect, test } from 'vitest';
import { leave, sanitize } from '../../src/aggregate/sanitize.js';

test('NaN and infinite numbers come in as missing', () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, -1e308, 0, 'NaN', true, null].map(sanitize)).toEqual([
    null,
    null,
    -1e308,
    0,
    'NaN',
    true,
    null,
  ]);
});
test('numbers leave as floats; what no float can hold is missing', () => {
  expect([0.1, 1e39, Number.NaN, 1e-60, -0, 'a', null].map(leave)).toEqual([
    Math.fround(0.1),
    null,
    null,
    0,
    -0,
    'a',
    null,
  ]);
});
