import { expect, test } from 'vitest';
import { counted, parseNames, parseRate, parseTime, parseWhole, timeText } from '../../../src/cli/ui/format.js';

test('times for people are in UTC; no mark is no time, the last mark is for ever', () => {
  expect(timeText(Date.UTC(2013, 3, 1, 12))).toBe('2013-04-01 12:00:00Z');
  expect(timeText(1)).toBe('1970-01-01 00:00:00.001Z');
  expect(timeText(-1)).toBeNull();
  expect(timeText(null)).toBeNull();
  expect(timeText(Number.MAX_SAFE_INTEGER)).toBe('for ever');
});

test.each([
  ['2013-04-01', Date.UTC(2013, 3, 1)],
  ['2013-04', Date.UTC(2013, 3, 1)],
  ['2013-04-01T12:30', Date.UTC(2013, 3, 1, 12, 30)],
  ['2013-04-01 12:30:05Z', Date.UTC(2013, 3, 1, 12, 30, 5)],
  ['2013-04-01T12:30+02:00', Date.UTC(2013, 3, 1, 10, 30)],
  ['1364774400000', 1364774400000],
])('%s is a time, whatever the machine’s own zone', (text, ms) => {
  expect(parseTime(text)).toBe(ms);
});

test.each(['yesterday', '2013-13-01', '04/01/2013', '12', ''])('%j is no time', (text) => {
  expect(() => parseTime(text)).toThrow('Give a date');
});

test('numbers and names of options', () => {
  expect(parseWhole(0)('0')).toBe(0);
  for (const text of ['0', '-1', '1.5', 'x', '']) expect(() => parseWhole(1)(text)).toThrow('from 1 on');
  expect(parseRate('0.5')).toBe(0.5);
  for (const text of ['0', '-1', 'fast', '']) expect(() => parseRate(text)).toThrow('above 0');
  expect(parseNames('a, b,a')).toEqual(['a', 'b']);
  expect(() => parseNames('a,')).toThrow('commas');
});

test('one row, many rows', () => {
  expect([counted(1, 'row'), counted(0, 'row'), counted(12345, 'row')]).toEqual(['1 row', '0 rows', '12,345 rows']);
});
