/** Two whole workers, state in RocksDB, asked over HTTP while they run: each answers for both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type RunningWorker, startWorker } from '../../src/cli/start-worker.js';
import { Codec } from '../../src/codec/avro.js';
import { httpGet } from '../../src/console/http-get.js';
import { entityUrl, topUrl } from '../../src/console/question.js';
import { partitionOf } from '../../src/contract/partition.js';
import type { EntityAnswer, TopAnswer } from '../../src/contract/state-answers.js';
import { PIPELINES } from '../../src/contract/topics.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { eventually, flights, MemoryWorld } from '../support/memory-world.js';
import { type PlacedRow, vectorsOf } from '../support/outputs.js';

const UNTIL = Date.UTC(2013, 0, 4, 5);
const PARTITIONS = { departures: 2, arrivals: 2, weather: 1 };
const DAY_MS = 86_400_000;
/** Features that departures do not enter, so that a served one is what is asked for just before; and whose events are known in time. */
const GROUPS = {
  plane: ['tail_last_delay', 'tail_seconds_since_arrival', 'tail_arrivals_24h', 'tail_mean_delay_7d'],
  carrier: ['carrier_mean_delay_3h', 'carrier_mean_delay_24h', 'carrier_late_share_24h', 'carrier_std_delay_24h'],
  origin: ['origin_mean_delay_1h', 'origin_mean_delay_24h', 'origin_late_share_3h', 'origin_max_delay_24h'],
} as const;
/** Every so many vectors are asked for again. */
const STEP = 9;

let world: MemoryWorld | null = null;
let folder: string | null = null;
const workers: RunningWorker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await world?.close();
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
});

async function start(definition: TopologyDefinition): Promise<RunningWorker> {
  const { log, registry, settings } = world!;
  const io = { log: log.newClient(), codec: new Codec(registry), clock: systemClock, logger: silentLogger, settings };
  const worker = await startWorker(definition, PIPELINES, io);
  workers.push(worker);
  return worker;
}

/** A task that moves, as it may on a busy machine, is asked again. */
async function ask<T>({ http }: RunningWorker, url: string): Promise<{ status: number; body: T }> {
  let answer = { status: 0, body: '' };
  await eventually(`an answer to ${url}`, async () => {
    answer = await httpGet(http, url, 10_000);
    return JSON.parse(answer.body).error?.code !== 'TASK_NOT_RUNNING';
  });
  return { status: answer.status, body: JSON.parse(answer.body) as T };
}

const keyOf = ({ row }: PlacedRow, group: string) => (row.keys[group] ?? null) as string | null;

const computes = (worker: RunningWorker) =>
  worker
    .status()
    .filter(({ task, state }) => task.startsWith('compute/') && state === 'running')
    .map(({ task }) => task);

test('any worker answers for every key, with what serving gave', { timeout: 120_000 }, async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-state-'));
  world = await MemoryWorld.open({ HEADRACE_FOLDER: folder, HEADRACE_HTTP_ADVERTISED: 'localhost' });
  const { log, codec } = world;
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  const pair = [await start(definition), await start(definition)] as const;
  await eventually('all tasks run, some in each', () => {
    const counts = pair.map((worker) => computes(worker).length);
    return counts[0]! + counts[1]! === 12 && counts.every((count) => count > 0);
  });
  const mine = pair.map((worker) => new Set(computes(worker)));
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  await eventually('all vectors', async () => (await vectorsOf(definition, log, codec)).length >= departures);

  const vectors = (await vectorsOf(definition, log, codec)).sort((a, b) => a.row.time - b.row.time);
  const latest = Math.max(...vectors.map(({ row }) => row.time));
  const asked = { here: 0, there: 0 };
  let compared = 0;
  for (const [i, vector] of vectors.entries()) {
    const { row } = vector;
    if (i % STEP !== 0 || row.time < latest - DAY_MS / 2) continue;
    for (const [group, names] of Object.entries(GROUPS)) {
      const key = keyOf(vector, group);
      if (key === null) continue;
      const worker = i % 2;
      const { status, body } = await ask<EntityAnswer>(pair[worker]!, entityUrl(group, key, row.time));
      expect([status, body.key, body.at_ms]).toEqual([200, key, row.time]);
      const task = `compute/${group}.v1/${partitionOf(key, 4)}`;
      asked[mine[worker]!.has(task) ? 'here' : 'there']++;
      for (const name of names) {
        expect([row.id, name, body.features[name]]).toEqual([row.id, name, row.features[name]]);
        if (row.features[name] !== null) compared++;
      }
    }
    const origin = (await ask<EntityAnswer>(pair[0], entityUrl('origin', keyOf(vector, 'origin')!, row.time))).body;
    // The scored event itself, and what departs in the same millisecond sees neither.
    expect(origin.features.origin_departures_1h).toBe((row.features.origin_departures_1h as number) - 1);
  }
  expect(asked.here).toBeGreaterThan(20);
  expect(asked.there).toBeGreaterThan(20);
  expect(compared).toBeGreaterThan(300);

  // Vectors need no mark behind the last departure; the ends of the raw topics are told by marks, each second.
  const keys = ['EWR', 'JFK', 'LGA', 'größe/ü'];
  await eventually('the last marks are considered', async () => {
    for (const key of keys) {
      const { frontier } = (await ask<EntityAnswer>(pair[0], entityUrl('origin', key, null))).body.as_of;
      const raw = await log.offsets(frontier);
      if (frontier.some(({ next_offset }, i) => next_offset < raw[i]!.lastStable)) return false;
    }
    return true;
  });
  // Both say the same, as of the same position, which is the end of the inbox.
  for (const key of keys) {
    const url = entityUrl('origin', key, null);
    const [one, other] = [await ask<EntityAnswer>(pair[0], url), await ask<EntityAnswer>(pair[1], url)];
    expect(one).toEqual(other);
    const { as_of: asOf, found, at_ms: at, features } = one.body;
    const [end] = await log.offsets([{ topic: asOf.inbox, partition: asOf.partition }]);
    expect(asOf.partition).toBe(partitionOf(key, 4));
    expect(asOf.next_offset).toBe(end!.lastStable);
    expect(at).toBe(asOf.known_ms);
    expect(found).toBe(key.length === 3);
    if (!found) expect(Object.values(features).filter((value) => value !== null && value !== 0)).toEqual([]);
    const raw = await log.offsets(asOf.frontier);
    expect(asOf.frontier.map(({ next_offset }) => next_offset)).toEqual(raw.map(({ lastStable }) => lastStable));
  }

  const early = await ask<{ error: { code: string; details: { earliest_ms: number } } }>(
    pair[1],
    entityUrl('origin', 'JFK', UNTIL - 3 * DAY_MS),
  );
  expect([early.status, early.body.error.code]).toEqual([400, 'TIME_TOO_EARLY']);
  const { earliest_ms: earliest } = early.body.error.details;
  for (const at of [earliest, UNTIL + 30 * DAY_MS]) {
    expect((await ask(pair[1], entityUrl('origin', 'JFK', at))).status).toBe(200);
  }
  expect((await ask(pair[0], entityUrl('origin', 'JFK', earliest - 1))).status).toBe(400);

  // Every departure has a carrier, and its row is one of those; so do arrivals.
  const carriers = new Set(vectors.map((vector) => keyOf(vector, 'carrier')!));
  let tops: TopAnswer[] = [];
  await eventually('the last checkpoints hold every carrier', async () => {
    tops = await Promise.all(pair.map(async (worker) => (await ask<TopAnswer>(worker, topUrl('carrier', 5))).body));
    return tops.every(({ keys }) => keys === carriers.size);
  });
  expect(tops[0]).toEqual(tops[1]);
  const [top] = tops;
  expect(top!.missing).toEqual([]);
  expect(top!.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
  expect(top!.largest.map(({ bytes }) => bytes)).toEqual(top!.largest.map(({ bytes }) => bytes).sort((a, b) => b - a));
  const most = (of: (key: string) => number) => [...carriers].sort((a, b) => of(b) - of(a)).slice(0, 2);
  expect(top!.hottest.slice(0, 2).map(({ key }) => key)).toEqual(
    most((key) => vectors.filter((vector) => keyOf(vector, 'carrier') === key).length),
  );

  // The other takes over; nothing that it says is different.
  const url = entityUrl('plane', keyOf(vectors[0]!, 'plane')!, null);
  const before = (await ask<EntityAnswer>(pair[0], url)).body;
  await pair[1].stop();
  await eventually('the first runs all', () => computes(pair[0]).length === 12);
  expect(await ask<EntityAnswer>(pair[0], url)).toEqual({ status: 200, body: before });
});
