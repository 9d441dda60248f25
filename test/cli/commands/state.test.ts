/** `headrace state` of a topology that runs, on a log in memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workersFolder } from '../../../src/cli/workers.js';
import { serveHttp } from '../../../src/console/http.js';
import type { EntityAnswer, TopAnswer } from '../../../src/contract/state-answers.js';
import { eventually } from '../../support/memory-world.js';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { connect, headrace } = memoryBrokers();
const rides = ridesFolder();
const { env, topology } = rides;
let running: ReturnType<typeof headrace> | null = null;

const state = (...args: string[]) => headrace(['state', ...args], env);
const json = async <T>(...args: string[]) => JSON.parse((await state(...args, '--json')).stdout) as T;

test('without a worker there is nobody to ask', async () => {
  const { code, stderr } = await state('get', 'driver', 'd1');
  expect(code).toBe(1);
  expect(stderr).toContain('WORKERS_NOT_FOUND: no worker runs here');
});

beforeAll(async () => {
  const loaded = await headrace(
    ['load', topology, '--from', rides.data, '--create', '--partitions', '1', '--marks'],
    env,
  );
  expect(loaded.code, loaded.stderr).toBe(0);
});
afterAll(async () => {
  if (running !== null) {
    process.emit('SIGTERM');
    await running;
  }
  rides.remove();
});

test('get shows features by name, and as of which position', { timeout: 120_000 }, async () => {
  running = headrace(['run', topology, '--json'], env);
  const { log } = await connect();
  const ends = (await log.offsets(['rides', 'tips'].map((topic) => ({ topic, partition: 0 })))).map(
    ({ topic, lastStable }) => `${topic}/0 ${lastStable}`,
  );
  await eventually('everything is in the state', async () => {
    const { code, stdout } = await state('get', 'driver', 'd1', '--json');
    const { frontier } = code === 0 ? (JSON.parse(stdout) as EntityAnswer).as_of : { frontier: [] };
    return (
      frontier.map(({ topic, partition, next_offset }) => `${topic}/${partition} ${next_offset}`).join() === ends.join()
    );
  });
  // d1 has the rides 1, 4, 7, … 58; at the greatest known time, 58.5 minutes for its tips, all are less than an hour old.
  const { code, stdout } = await state('get', 'driver', 'd1', '--at', '2024-01-01T00:59');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('driver v1, d1, at 2024-01-01 00:59:00Z');
  expect(stdout).toMatch(/^rides_1h +20$/m);
  expect(stdout).toMatch(/^tip_last +7\.25$/m);
  expect(stdout).toMatch(/^As of taxi\.inbox\.driver\.v1\/\d, next offset \d+, known 2024-01-01 00:\d\d:\d\dZ$/m);
  expect(stdout).toContain(`next raw offsets: ${ends.join(', ')}`);
});

test('at says as of when', async () => {
  const at = async (time: string) => (await json<EntityAnswer>('get', 'driver', 'd1', '--at', time)).features;
  expect((await at('2024-01-01T00:01')).rides_1h).toBe(0);
  expect((await at('2024-01-01T00:01:00.001')).rides_1h).toBe(1);
  expect((await at(String(Date.UTC(2024, 0, 1, 0, 30)))).rides_1h).toBe(10);
  expect(await at('2024-02-01')).toMatchObject({ rides_1h: 0, tip_last: null });
  const early = await state('get', 'driver', 'd1', '--at', '2023-12-01');
  expect(early.code).toBe(1);
  expect(early.stderr).toMatch(/TIME_TOO_EARLY: .*the earliest time that can be answered now is 2023-12-31T00:/);
  expect((await state('get', 'driver', 'd1', '--at', 'noon')).code).toBe(2);
});

test('a key of which nothing is held is said to be so', async () => {
  const { code, stdout } = await state('get', 'driver', '../d9');
  expect(code).toBe(0);
  expect(stdout).toContain('driver v1, ../d9, at 2024-01-01');
  expect(stdout).toContain('nothing is held of it');
  expect(stdout).toMatch(/^rides_1h +0$/m);
  expect(stdout).toMatch(/^tips_mean +-$/m);
});

test('an unknown group is refused, the others named', async () => {
  const { code, stderr } = await state('get', 'drivers', 'd1');
  expect(code).toBe(1);
  expect(stderr).toContain('GROUP_UNKNOWN: taxi has no group drivers; it has driver');
});

test('top shows the largest and the hottest keys', async () => {
  let top = await json<TopAnswer>('top', 'driver', '--n', '2');
  await eventually('the last checkpoints hold all', async () => {
    top = await json<TopAnswer>('top', 'driver', '--n', '2');
    return top.keys === 3;
  });
  expect(top.rows).toBe(108);
  expect(top.hottest.map(({ key, rows }) => [key, rows])).toEqual([
    ['d0', 36],
    ['d1', 36],
  ]);
  expect(top.largest).toHaveLength(2);
  expect(top.largest[0]!.bytes).toBeGreaterThanOrEqual(top.largest[1]!.bytes);
  const { code, stdout } = await state('top', 'driver');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^driver v1: 3 keys in \d+ records of [\d,]+ bytes$/m);
  expect(stdout).toMatch(/^d2 +36 +\d$/m);
  expect((await state('top', 'driver', '--n', '1001')).stderr).toContain('QUESTION_INVALID');
});

test('with workers of several topologies, the one that has the group answers; where both have it, one must be named', async () => {
  let body: unknown = { error: { code: 'GROUP_UNKNOWN', message: 'ships has no group driver', remedy: 'fix-input' } };
  let status = 404;
  const other = await serveHttp(
    0,
    () => [],
    async () => '',
    { groups: async () => ({ status, body: JSON.stringify(body) }) },
  );
  const place = workersFolder(join(rides.folder, '.headrace'), 'ships');
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, `${process.pid}.json`),
    JSON.stringify({ pid: process.pid, http: `127.0.0.1:${other.port}`, pipelines: [] }),
  );
  expect((await json<EntityAnswer>('get', 'driver', 'd1')).found).toBe(true);
  const unknown = await state('get', 'planes', 'd1');
  expect(unknown.stderr).toContain('GROUP_UNKNOWN: ships has no group driver; taxi has no group planes');
  status = 200;
  body = { group: 'driver' };
  expect((await state('get', 'driver', 'd1')).stderr).toContain('TOPOLOGY_NOT_NAMED: ships and taxi have such a group');
  expect((await json<EntityAnswer>('get', 'driver', 'd1', '--topology', topology)).found).toBe(true);
  await other.close();
  expect((await json<EntityAnswer>('get', 'driver', 'd1')).found).toBe(true);
});
