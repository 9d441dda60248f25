/** Ten features on a key with 10,000 events in its windows: what one feature of one query costs, an insert between queries. */
import { cpuSeconds } from './cpu.js';
import { median, type Part, type Scale, table } from './part.js';
import { Sensor, sensorPlan, sketches, tenFeatures } from './sensor.js';
import { settle } from './times.js';

const WINDOW = '3h';
const WINDOW_MS = 3 * 3_600_000;
const EVENTS_IN_WINDOW = 10_000;
const REPETITIONS = 5;
const SETTLE = 2;

interface TenFigures {
  /** µs; of the ten together, a query and an event. */
  readonly queryUs: number;
  readonly insertUs: number;
  /** µs a query of a group with this feature alone. */
  readonly each: readonly { readonly feature: string; readonly us: number }[];
}

/** @returns µs a query, and µs an event (evict, insert) */
export function costOf(features: Parameters<typeof sensorPlan>[0], stepMs: number, lateMs: number, operations: number) {
  const plan = sensorPlan(features, '1h');
  const sensor = new Sensor(plan, stepMs);
  sensor.fill();
  const cpuUs = (query: boolean) => {
    const before = cpuSeconds();
    sensor.live(operations, query, lateMs);
    return ((cpuSeconds() - before) * 1e6) / operations;
  };
  cpuUs(true);
  const both: number[] = [];
  const alone: number[] = [];
  for (let n = 0; n < REPETITIONS; n++) {
    for (const query of [false, true]) {
      // Late events go all over the window, and thin it: as many in order fill it again.
      if (lateMs > 0) settle(sensor, SETTLE * operations);
      (query ? both : alone).push(cpuUs(query));
    }
  }
  const insertUs = median(alone);
  return { queryUs: Math.max(0, median(both) - insertUs), insertUs };
}

async function run({ quick }: Scale): Promise<TenFigures> {
  const events = quick ? 200 : EVENTS_IN_WINDOW;
  const operations = quick ? 200 : 5_000;
  const stepMs = WINDOW_MS / events;
  const features = tenFeatures(WINDOW);
  const { queryUs, insertUs } = costOf(features, stepMs, 0, operations);
  const each = Object.entries({ ...features, ...sketches(WINDOW) }).map(([feature, definition]) => ({
    feature,
    us: costOf({ [feature]: definition }, stepMs, 0, operations).queryUs,
  }));
  return { queryUs, insertUs, each };
}

function section({ queryUs, insertUs, each }: TenFigures): string {
  return [
    `One key, one event, a window of ${EVENTS_IN_WINDOW.toLocaleString('en')} events; each round evicts, asks, and inserts one event. Processor time, medians of`,
    `${REPETITIONS} runs; a query is the difference between rounds with and without it.`,
    '',
    table(
      ['ten features together', 'µs'],
      [
        ['a query', queryUs],
        ['a feature of a query', queryUs / 10],
        ['an event (evict and insert)', insertUs],
      ],
    ),
    '',
    'A query of a group that has one feature alone (what ten share is counted in each):',
    '',
    table(
      ['feature', 'µs a query'],
      each.map(({ feature, us }) => [feature, us]),
    ),
  ].join('\n');
}

export const ten: Part<TenFigures> = { name: 'ten', title: 'Ten features of a key with 10,000 events', run, section };
