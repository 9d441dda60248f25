/**
 * What a query and an event take, each on its own.
 * Method: the clock is read around every call, and what reading it takes is taken off; a block's mean, and the median of blocks,
 * so that what others do on the machine, and the compiler's first rounds, weigh little.
 */
import type { Feature } from '../src/index.js';
import { median } from './part.js';
import { Sensor, sensorPlan } from './sensor.js';

export const BLOCKS = 15;
const CLOCK_READS = 100_000;

/** µs that a pair of readings takes by itself. */
function clockUs(): number {
  let spent = 0;
  for (let i = 0; i < CLOCK_READS; i++) {
    const before = performance.now();
    spent += performance.now() - before;
  }
  return (spent * 1_000) / CLOCK_READS;
}

/** So many events in order, unasked: other borders for the next block, and windows that are full again behind late events. */
export function settle(sensor: Sensor, events: number): void {
  sensor.live(events, false, 0);
  sensor.live(1, true, 0);
}

/** @param lateMs events come late by anything up to it, and `settleEvents` in order between blocks. @returns µs a query, and µs an event (evict and insert) */
export function timesOf(
  feature: Feature<'readings'>,
  stepMs: number,
  lateMs: number,
  operations: number,
  settleEvents: number,
) {
  const sensor = new Sensor(sensorPlan({ feature }, '1h'), stepMs);
  sensor.fill();
  const { entity } = sensor;
  const spent = { query: 0, insert: 0, evict: 0 };
  const query = entity.query.bind(entity);
  const insert = entity.insert.bind(entity);
  const evict = entity.evict.bind(entity);
  const timed: Pick<typeof entity, 'query' | 'insert' | 'evict'> = {
    query(t, scored, out) {
      const before = performance.now();
      query(t, scored, out);
      spent.query += performance.now() - before;
    },
    insert(event, time, id, values) {
      const before = performance.now();
      const inserted = insert(event, time, id, values);
      spent.insert += performance.now() - before;
      return inserted;
    },
    evict(known) {
      const before = performance.now();
      const events = evict(known);
      spent.evict += performance.now() - before;
      return events;
    },
  };
  Object.assign(entity, timed);
  const clock = clockUs();
  const queries: number[] = [];
  const inserts: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    if (lateMs > 0) settle(sensor, settleEvents);
    spent.query = spent.insert = spent.evict = 0;
    sensor.live(operations, true, lateMs);
    queries.push((spent.query * 1_000) / operations - clock);
    inserts.push(((spent.insert + spent.evict) * 1_000) / operations - 2 * clock);
  }
  return { queryUs: Math.max(0, median(queries)), insertUs: Math.max(0, median(inserts)) };
}
