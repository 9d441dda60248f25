/** Two groups and two events in files, both of them scored, with what a backfill may meet: ties, null keys, categories, late news, another order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, distinct, event, group, last, max, mean, schema, secondsSince, topology, view } from 'headrace';

const Ride = schema<{ ride_id: 'long'; time: 'long'; driver: 'string | null'; zone: 'string'; km: 'double' }>({
  type: 'record',
  name: 'Ride',
  fields: [
    { name: 'ride_id', type: 'long' },
    { name: 'time', type: 'long' },
    { name: 'driver', type: ['null', 'string'] },
    { name: 'zone', type: 'string' },
    { name: 'km', type: 'double' },
  ],
});
const Tip = schema<{
  ride_id: 'long';
  time: 'long';
  told: 'long';
  driver: 'string';
  zone: 'string';
  cents: 'int | null';
}>({
  type: 'record',
  name: 'Tip',
  fields: [
    { name: 'ride_id', type: 'long' },
    { name: 'time', type: 'long' },
    { name: 'told', type: 'long' },
    { name: 'driver', type: 'string' },
    { name: 'zone', type: 'string' },
    { name: 'cents', type: ['null', 'int'] },
  ],
});
const ride = event(Ride, { topic: 'rides', id: 'ride_id', time: 'time', knownAt: 'time', marks: true });
const tip = event(Tip, { topic: 'pays', id: 'ride_id', time: 'time', knownAt: 'told', marks: true });

const driver = group('driver', {
  version: 1,
  key: [ride.driver, tip.driver],
  features: {
    driver_rides_1h: count(ride, '1h'),
    driver_last_zone: last(ride.zone, 'all time'),
    driver_mean_tip_6h: mean(tip.cents, '6h'),
    driver_idle: secondsSince(tip, 'all time'),
  },
});
const zone = group('zone', {
  version: 1,
  key: [ride.zone, tip.zone],
  features: {
    zone_drivers_3h: distinct(ride.driver, '3h'),
    zone_max_tip_1h: max(tip.cents, '1h'),
    zone_last_driver: last(tip.driver, 'all time'),
  },
});
const fares = view('fares', {
  version: 1,
  score: ride,
  groups: [driver, zone],
  fields: { km: ride.km, at_zone: ride.zone },
});

// Asked about too: of one millisecond, its events come before rides, whose topic is later by name.
const pays = view('pays', { version: 1, score: tip, groups: [driver], fields: { cents: tip.cents } });

export const taxi = topology('taxi', { views: [fares, pays] }).definition;
export const fare = taxi.views[0]!;

export interface RideRow {
  ride_id: number | null;
  time: number;
  driver: string | null;
  zone: string;
  km: number;
}
export interface TipRow {
  ride_id: number;
  time: number;
  told: number;
  driver: string;
  zone: string;
  cents: number | null;
}

const T0 = Date.UTC(2024, 0, 1);

/** Numbers from 0 to n - 1, the same in each run. */
export function chance(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** @param rides how many; their times rise, with ties of up to `ties` rows */
export function rows(seed: number, rides: number, ties: number): { rides: RideRow[]; pays: TipRow[] } {
  const next = chance(seed);
  const made: RideRow[] = [];
  const pays: TipRow[] = [];
  let time = T0;
  while (made.length < rides) {
    for (let tie = next(ties); tie >= 0 && made.length < rides; tie--) {
      const id = made.length;
      const who = next(7) === 0 ? null : `d${next(5)}`;
      const where = `zône-${next(3)}`;
      made.push({ ride_id: id, time, driver: who, zone: where, km: next(1000) / 7 });
      if (next(3) === 0) continue;
      // Told up to two hours later: news about the past.
      const at = time + next(3_600_000);
      const told = at + next(2) * next(7_200_000);
      pays.push({
        ride_id: id,
        time: at,
        told,
        driver: who ?? 'd9',
        zone: where,
        cents: next(9) === 0 ? null : next(900),
      });
    }
    time += next(600_000);
  }
  pays.sort((a, b) => a.told - b.told);
  return { rides: made, pays };
}

const folders: string[] = [];

/** @returns a new folder with both files */
export function write(events: { rides: readonly RideRow[]; pays: readonly TipRow[] }): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-taxi-'));
  folders.push(folder);
  for (const [topic, all] of Object.entries(events)) {
    writeFileSync(join(folder, `${topic}.ndjson`), all.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  return folder;
}

/** Removes all folders that were written. */
export function remove(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
