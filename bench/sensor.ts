/** A group of one event for measuring aggregates: one key, ten features over one window. */
import { compileGroup, Entity, type GroupPlan } from '../src/aggregate/index.js';
import {
  approxDistinct,
  count,
  type Duration,
  decayedMean,
  distinct,
  event,
  type Feature,
  group,
  last,
  max,
  mean,
  min,
  quantile,
  schema,
  share,
  std,
  sum,
  top,
  topology,
} from '../src/index.js';
import type { Scalar } from '../src/topology/definition.js';
import { type Random, random } from './random.js';

const Reading = schema<{ id: 'string'; time: 'long'; sensor: 'string'; value: 'double'; state: 'string' }>({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'time', type: 'long' },
    { name: 'sensor', type: 'string' },
    { name: 'value', type: 'double' },
    { name: 'state', type: 'string' },
  ],
});
export const reading = event(Reading, { topic: 'readings', id: 'id', time: 'time', knownAt: 'time' });
type Features = Readonly<Record<string, Feature<'readings'>>>;

export const tenFeatures = (window: Duration): Features => ({
  count: count(reading, window),
  sum: sum(reading.value, window),
  mean: mean(reading.value, window),
  std: std(reading.value, window),
  min: min(reading.value, window),
  max: max(reading.value, window),
  share: share(reading.value.gte(10), window),
  distinct: distinct(reading.state, window),
  last: last(reading.value, window),
  decayedMean: decayedMean(reading.value, window, { halfLife: '1h' }),
});

export const sketches = (window: Duration): Features => ({
  top: top(reading.state, window),
  approxDistinct: approxDistinct(reading.state, window),
  quantile: quantile(reading.value, 0.9, window),
});

export function sensorPlan(features: Features, lateness: Duration): GroupPlan {
  const sensors = group('sensor', { version: 1, key: [reading.sensor], features, lateness });
  const { definition } = topology('sensors', { groups: [sensors] });
  return compileGroup(definition, definition.groups[0]!);
}

const STATES = 30;
export const stateName = (chance: Random) => `state-${chance.below(STATES)}`;

/** One sensor's life: an event every `stepMs`, in order or late by anything up to `lateMs`. */
export class Sensor {
  readonly entity: Entity;
  readonly #plan: GroupPlan;
  readonly #columns: readonly string[];
  readonly #chance: Random = random(7);
  readonly #out: Scalar[];
  readonly #stepMs: number;
  #n = 0;

  constructor(plan: GroupPlan, stepMs: number) {
    this.#plan = plan;
    this.entity = new Entity(plan);
    this.#columns = plan.events[0]!.columns;
    this.#out = new Array(plan.group.features.length).fill(null);
    this.#stepMs = stepMs;
  }

  /** The next `events`: evict, a query if asked for, insert. */
  live(events: number, query: boolean, lateMs: number): void {
    const { entity } = this;
    const chance = this.#chance;
    for (const end = this.#n + events; this.#n < end; this.#n++) {
      const now = Math.round(this.#n * this.#stepMs);
      const time = lateMs === 0 ? now : now - chance.below(lateMs);
      const value = Math.round(chance.next() * 2_000) / 100;
      const state = stateName(chance);
      const id = `r${this.#n.toString(36).padStart(6, '0')}`;
      const values = this.#columns.map((column) => (column === 'state' ? state : column === 'id' ? id : value));
      entity.evict(now);
      if (query) entity.query(now, { event: 0, time: now, id, values }, this.#out);
      entity.insert(0, Math.max(0, time), id, values);
    }
  }

  /** Fills the horizon: what lies in it from then on stays as many. */
  fill(): void {
    this.live(Math.ceil(this.#plan.horizonMs / this.#stepMs), false, 0);
  }
}
