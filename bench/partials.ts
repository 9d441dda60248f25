/** What partials take, and what an event of a log does: in memory, and as bytes of records. */
import { ByteWriter } from '../src/aggregate/byte-writer.js';
import { Rows } from '../src/aggregate/rows.js';
import type { Feature } from '../src/index.js';
import { heapBytesEach } from './heap.js';
import type { Scale } from './part.js';
import { random } from './random.js';
import { Sensor, sensorPlan, stateName } from './sensor.js';

/** What is counted where an aggregate's partials are all alike. */
const PART_BYTES = 64;

export interface PartialBytes {
  readonly memory: number;
  /** By the engine's own estimate, which the memory setting bounds. */
  readonly counted: number;
  readonly saved: number;
}

/** @param events of each partial; @param count how many of them */
export function partialBytes(feature: Feature<'readings'>, events: number, count: number, scale: Scale): PartialBytes {
  const plan = sensorPlan({ feature }, '1h');
  const { columns, partials } = plan.logs[0]!;
  const { aggregate, column } = partials[0]!;
  const chance = random(11);
  const fields = plan.events[0]!.columns;
  const rows = new Rows(columns);
  for (let i = 0; i < events; i++) rows.insert(i, i, '', []);
  const { bytes: memory, things } = heapBytesEach(count, scale, (n) => {
    for (let i = 0; i < events; i++) {
      const id = `r${(n * events + i).toString(36).padStart(6, '0')}`;
      const values = fields.map((field) => {
        if (field === 'state') return stateName(chance);
        return field === 'id' ? id : Math.round(chance.next() * 2_000) / 100;
      });
      rows.set(i, n * events + i, id, values);
    }
    const part = aggregate.empty();
    aggregate.add(part, rows, column, 0, events);
    return part;
  });
  const out = new ByteWriter();
  let saved = 0;
  let counted = 0;
  for (const part of things) {
    aggregate.save(part, out);
    saved += out.take().length;
    counted += aggregate.bytes?.(part) ?? PART_BYTES;
  }
  return { memory, counted: counted / count, saved: saved / count };
}

/** @returns bytes an event of a key that has filled its horizon, partials included */
export function eventBytes(
  features: Readonly<Record<string, Feature<'readings'>>>,
  stepMs: number,
  keys: number,
  scale: Scale,
) {
  const plan = sensorPlan(features, '1h');
  const { bytes, things } = heapBytesEach(keys, scale, () => {
    const sensor = new Sensor(plan, stepMs);
    sensor.fill();
    sensor.live(1, true, 0);
    return sensor;
  });
  const events = Math.ceil(plan.horizonMs / stepMs) + 1;
  let saved = 0;
  for (const { suffix, value } of things[0]!.entity.dirty()) saved += suffix.length + value!.length;
  return { memory: bytes / events, saved: saved / events };
}
