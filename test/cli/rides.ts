/** A small topology with its events in files, for commands that run something: rides, scored, of drivers who get tips. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOPOLOGY = `
import { count, event, group, last, mean, schema, topology, view } from 'headrace';
const record = (name, fields) => ({ type: 'record', name, fields: fields.map(([field, type]) => ({ name: field, type })) });
const time = { type: 'long', logicalType: 'timestamp-millis' };
const Ride = schema(record('Ride', [['ride_id', 'int'], ['time', time], ['driver', 'string'], ['distance', 'double']]));
const Tip = schema(record('Tip', [['tip_id', 'string'], ['time', time], ['driver', 'string'], ['amount', ['null', 'double']]]));
const ride = event(Ride, { topic: 'rides', id: 'ride_id', time: 'time', knownAt: 'time', marks: true });
const tip = event(Tip, { topic: 'tips', id: ['tip_id', 'time'], time: 'time', knownAt: 'time', marks: true });
const driver = group('driver', { version: 1, key: [ride.driver, tip.driver], features: {
  rides_1h: count(ride, '1h'), tips_mean: mean(tip.amount, 'all time'), tip_last: last(tip.amount, '1h') } });
const fares = view('fares', { version: 1, score: ride, groups: [driver], fields: { distance: ride.distance, driver: ride.driver } });
export default topology('taxi', { views: [fares] });
`;

const T0 = Date.UTC(2024, 0, 1);
const MINUTE_MS = 60_000;

export interface Rides {
  readonly folder: string;
  readonly topology: string;
  /** Folder with rides.ndjson and tips.ndjson. */
  readonly data: string;
  readonly env: Record<string, string>;
  remove(): void;
}

/** 60 rides of 3 drivers, one a minute, each followed by a tip half a minute later, but every fifth. */
export function ridesFolder(): Rides {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-rides-'));
  const rides: object[] = [];
  const tips: object[] = [];
  for (let i = 0; i < 60; i++) {
    const driver = `d${i % 3}`;
    const time = T0 + i * MINUTE_MS;
    rides.push({ ride_id: i, time, driver, distance: 1 + (i % 7) });
    if (i % 5 !== 0)
      tips.push({ tip_id: `t${i}`, time: time + MINUTE_MS / 2, driver, amount: i % 4 === 0 ? null : i / 8 });
  }
  const lines = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
  writeFileSync(join(folder, 'rides.ndjson'), lines(rides));
  writeFileSync(join(folder, 'tips.ndjson'), lines(tips));
  const topology = join(folder, 'taxi.ts');
  writeFileSync(topology, TOPOLOGY);
  const env = {
    HEADRACE_FOLDER: join(folder, '.headrace'),
    HEADRACE_LOG_FILE: join(folder, 'log'),
    HEADRACE_CHECKPOINT_MS: '100',
  };
  return { folder, topology, data: folder, env, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
