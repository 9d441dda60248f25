/** What a query touches: events added to partials, partials merged, and records brought from the store. */
import { Entity, type Want } from '../src/aggregate/index.js';
import { assert } from '../src/error.js';
import type { Feature } from '../src/index.js';
import { Sensor, sensorPlan } from './sensor.js';
import { BLOCKS, settle } from './times.js';

interface Counts {
  /** Events added one by one, those of chunks that are folded again included. */
  readonly events: number;
  readonly partials: number;
}
export interface Touched {
  readonly events: number;
  /** A query, the mean. */
  readonly inOrder: Counts;
  readonly late: Counts;
  /** The header included. */
  readonly records: number;
  readonly bytes: number;
}

/** @param feature over `windowMs`, alone in its group */
export function touchedBy(feature: Feature<'readings'>, windowMs: number, events: number, operations: number): Touched {
  const stepMs = windowMs / events;
  const counts = (lateMs: number): Counts => {
    const plan = sensorPlan({ feature }, '1h');
    const partial = plan.logs[0]!.partials[0]!;
    const { aggregate } = partial;
    const counted = { events: 0, partials: 0 };
    const counting: typeof aggregate = {
      ...aggregate,
      add(part, rows, column, from, to) {
        counted.events += to - from;
        aggregate.add(part, rows, column, from, to);
      },
      merge(into, next) {
        counted.partials++;
        aggregate.merge(into, next);
      },
    };
    Object.assign(partial, { aggregate: counting });
    const sensor = new Sensor(plan, stepMs);
    sensor.fill();
    const all = { events: 0, partials: 0 };
    for (let block = 0; block < BLOCKS; block++) {
      settle(sensor, Math.ceil(events / BLOCKS));
      counted.events = counted.partials = 0;
      sensor.live(operations, true, lateMs);
      all.events += counted.events / (operations * BLOCKS);
      all.partials += counted.partials / (operations * BLOCKS);
    }
    return all;
  };
  return { events, inOrder: counts(0), late: counts(windowMs), ...brought(feature, stepMs) };
}

/** The records of a key that a row in order needs which asks and is inserted. */
function brought(feature: Feature<'readings'>, stepMs: number): { records: number; bytes: number } {
  const plan = sensorPlan({ feature }, '1h');
  const sensor = new Sensor(plan, stepMs);
  sensor.fill();
  const records = new Map(sensor.entity.dirty().map(({ suffix, value }) => [suffix.toString('hex'), value!]));
  const recordOf = (suffix: Buffer) => {
    const record = records.get(suffix.toString('hex'));
    assert(record !== undefined, 'a record that is wanted was saved');
    return record;
  };
  const header = recordOf(Entity.headerSuffix);
  const entity = Entity.load(plan, header);
  const time = Math.round(Math.ceil(plan.horizonMs / stepMs) * stepMs);
  let count = 1;
  let bytes = header.length;
  for (;;) {
    const wants = new Map<object, Want>();
    entity.want({ event: 0, time, id: 'r', scored: true }, time, wants);
    if (wants.size === 0) return { records: count, bytes };
    for (const { suffix, give } of wants.values()) {
      const record = recordOf(suffix);
      count++;
      bytes += record.length;
      give(record);
    }
  }
}
