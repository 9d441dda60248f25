import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/log/log.js';
import { Lag } from '../../src/runtime/lag.js';

const fetched = (next: number, lastStableOffset: number, records: number) => ({
  next,
  lastStableOffset,
  records: new Array<LogRecord>(records),
});

test('records that were not fetched, by the rows that a record had; 0 at the end', () => {
  const lag = new Lag();
  expect(lag.rows).toBe(0);
  lag.read(fetched(10, 110, 10), 500);
  expect(lag.rows).toBe(100 * 50);
  // Frames become smaller: the mean follows.
  for (let next = 20; next < 100; next += 10) lag.read(fetched(next, 110, 10), 10);
  expect(lag.rows).toBeLessThan(20 * 12);
  expect(lag.rows).toBeGreaterThanOrEqual(20);
  lag.read(fetched(110, 110, 10), 10);
  expect(lag.rows).toBe(0);
});

test('control records move a reader on, and say nothing of rows', () => {
  const lag = new Lag();
  lag.read(fetched(10, 20, 10), 30);
  lag.read(fetched(15, 20, 0), 0);
  expect(lag.rows).toBe(15);
});
