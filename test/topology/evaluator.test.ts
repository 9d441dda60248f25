import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ViewDefinition, ViewField } from '../../src/topology/definition.js';
import { compileView } from '../../src/topology/evaluator.js';
import { isTimeZone, zoneClock } from '../../src/topology/time-zone.js';
import flights from '../../topology/flights.js';

const viewOf = (...fields: ViewField[]): ViewDefinition => ({ name: 'v', version: 1, score: 'e', groups: [], fields });
const field = (name: string, type: 'number' | 'category'): ViewField => ({
  name,
  type,
  of: { kind: 'field', field: name },
});

describe('a view', () => {
  test('of the flights, on the first of January in New York', () => {
    const evaluate = compileView(flights.definition.views[0]!);
    const time = 1_357_035_300_000; // 05:15 in New York, a Tuesday
    expect(evaluate({ time, distance: 1400, carrier: 'UA', origin: 'EWR' })).toEqual([5, 2, 1400, 'UA', 'EWR']);
  });

  test('rounds numbers once, and makes what is no number null', () => {
    const evaluate = compileView(viewOf(field('x', 'number')));
    const cases: [number | boolean | null, number | null][] = [
      [0.1, Math.fround(0.1)],
      [16_777_217, 16_777_216],
      [true, 1],
      [false, 0],
      [null, null],
      [Number.NaN, null],
      [Number.POSITIVE_INFINITY, null],
      [1e300, null], // too large for a float
    ];
    for (const [value, expected] of cases) expect(evaluate({ x: value })).toEqual([expected]);
    expect(evaluate({})).toEqual([null]);
  });

  test('keeps categories as text', () => {
    const evaluate = compileView(viewOf(field('c', 'category')));
    expect(evaluate({ c: 'UA' })).toEqual(['UA']);
    expect(evaluate({ c: '' })).toEqual(['']);
    expect(evaluate({ c: null })).toEqual([null]);
  });

  test('has no hour for no time', () => {
    const evaluate = compileView(
      viewOf({ name: 'h', type: 'number', of: { kind: 'hour', field: 't', timeZone: 'UTC' } }),
    );
    expect(evaluate({ t: null })).toEqual([null]);
    expect(evaluate({ t: Number.NaN })).toEqual([null]);
    expect(evaluate({ t: 9e18 })).toEqual([null]); // an event of no calendar must not stop a task
    expect(evaluate({ t: -1 })).toEqual([23]);
  });
});

describe('a zone clock', () => {
  const ZONES = [
    'America/New_York',
    'Australia/Lord_Howe', // half an hour of daylight saving time, in the middle of a UTC hour
    'Asia/Kathmandu',
    'Africa/Monrovia', // GMT-00:44:30 until 1972
    'Pacific/Apia', // left out a whole day
    'Europe/Dublin',
    'UTC',
  ];
  const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

  /** The naive twin: Intl, asked for every instant. */
  const naive = (timeZone: string) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hour: '2-digit', hourCycle: 'h23', weekday: 'short' });
    return (ms: number) => {
      const parts = new Map(format.formatToParts(ms).map((part) => [part.type, part.value]));
      return [Number(parts.get('hour')), WEEKDAYS.indexOf(parts.get('weekday')!) + 1];
    };
  };

  test.each(ZONES)('says in %s what Intl says', (zone) => {
    const clock = zoneClock(zone);
    const twin = naive(zone);
    const instant = fc.oneof(
      fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) }),
      fc.integer({ min: Date.UTC(2013, 0), max: Date.UTC(2014, 0) }),
      fc.integer({ min: -8.6e15, max: 8.6e15 }),
    );
    fc.assert(
      fc.property(instant, (ms) => {
        expect([clock.hour(ms), clock.weekday(ms)]).toEqual(twin(ms));
      }),
      {
        numRuns: 300,
      },
    );
  });

  test('changes the offset at the very millisecond', () => {
    const spring = Date.UTC(2013, 2, 10, 7); // New York: 01:59:59.999, then 03:00
    const howe = Date.UTC(2013, 3, 6, 15); // Lord Howe: 02:00 becomes 01:30, at 15:00 UTC
    const dawn = Date.UTC(2013, 9, 5, 15, 30); // and 02:00 becomes 02:30 at 15:30 UTC, within an hour
    for (const [zone, change] of [
      ['America/New_York', spring],
      ['Australia/Lord_Howe', howe],
      ['Australia/Lord_Howe', dawn],
    ] as const) {
      const clock = zoneClock(zone);
      const twin = naive(zone);
      for (const ms of [-3_600_000, -1_800_000, -1, 0, 1, 1_799_999, 1_800_000, 3_600_000].map((by) => change + by)) {
        expect([clock.hour(ms), clock.weekday(ms)]).toEqual(twin(ms));
      }
    }
  });

  test('is fast enough for a year of flights', () => {
    const clock = zoneClock('America/New_York');
    const began = performance.now();
    let sum = 0;
    for (let i = 0; i < 500_000; i++) sum += clock.hour(1_357_000_000_000 + i * 63_000)! + clock.weekday(1.36e12)!;
    expect(sum).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  test('is refused for no zone', () => {
    expect(isTimeZone('America/New_York')).toBe(true);
    expect(isTimeZone('America/New_Yrok')).toBe(false);
    expect(() => zoneClock('America/New_Yrok')).toThrow(RangeError);
  });
});
