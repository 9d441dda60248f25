/** The commands of a running topology, in the order in which a person uses them, on a log in memory. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { connect, headrace } = memoryBrokers();
const rides = ridesFolder();
afterAll(() => rides.remove());
const { env, topology } = rides;

interface Answer {
  readonly workers: readonly { readonly tasks: readonly object[] }[];
  readonly topics: readonly { readonly exists: boolean; readonly differences: readonly string[] }[];
}
const json = async (...args: string[]) => {
  const { stdout, stderr } = await headrace([...args, '--json'], env);
  expect(stderr).not.toContain('"error"');
  return JSON.parse(stdout) as Answer;
};
const tapped = async (topic: string, ...args: string[]) =>
  (await headrace(['tap', topic, ...args], env)).stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { partition: number; offset: number; value: Record<string, unknown> });
async function eventually(what: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(await what())) {
    if (Date.now() > until) throw new Error('it did not come to be in a minute');
    await new Promise((done) => setTimeout(done, 50));
  }
}

test('load creates raw topics only when asked', async () => {
  const refused = await headrace(['load', topology, '--from', rides.data], env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('RAW_TOPIC_MISSING: no topic rides, tips');
  const loaded = await headrace(
    ['load', topology, '--from', rides.data, '--create', '--partitions', '2', '--marks'],
    env,
  );
  expect(loaded.code, loaded.stderr).toBe(0);
  expect(loaded.stderr).toContain('created rides, tips with 2 partitions');
  expect(loaded.stdout).toMatch(/^Sent 108 events in .*; nothing more comes\.$/m);
  const { log } = await connect();
  expect(await log.describeTopic('rides')).toMatchObject({ partitions: 2, config: { 'retention.ms': '-1' } });
});

test('tap shows a raw topic’s events and marks', async () => {
  const rows = await tapped('rides');
  const events = rows.filter(({ value }) => value !== null);
  expect(events).toHaveLength(60);
  expect(Object.keys(events[0]!.value)).toEqual(['ride_id', 'time', 'driver', 'distance']);
  expect(rows.at(-1)).toMatchObject({ headers: { 'headrace-known-until': '9223372036854775807' }, value: null });
  expect(await tapped('rides', '--limit', '3')).toHaveLength(3);
  expect((await tapped('rides', '--from', '-1')).map(({ partition }) => partition)).toEqual([0, 1]);
  const unknown = await headrace(['tap', 'ride'], env);
  expect(unknown.stderr).toContain('TOPIC_UNKNOWN: no topic ride; there is rides');
  const partition = await headrace(['tap', 'rides', '--partition', '2'], env);
  expect(partition.stderr).toContain('rides has partitions 0 to 1, not 2');
  const offset = await headrace(['tap', 'rides', '--from', '999999'], env);
  expect(offset.stderr).toContain('OFFSET_OUT_OF_RANGE: rides/0 has offsets 0 to');
});

test('run serves until SIGTERM; status, verify and reset see it', { timeout: 120_000 }, async () => {
  const running = headrace(['run', topology, '--json'], env);
  await eventually(async () => {
    const { workers } = await json('status');
    return workers.some(({ tasks }) => tasks.length > 0);
  });
  await eventually(async () => (await tapped('taxi.vectors.fares.v1').catch(() => [])).length === 60);
  const refused = await headrace(['reset', topology, '--yes'], env);
  expect(refused.stderr).toContain('WORKERS_RUN');
  const beforeMs = Date.now();
  process.emit('SIGTERM');
  const { code, stdout } = await running;
  expect(Date.now() - beforeMs).toBeLessThan(5_000);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({
    topology: 'taxi',
    pipelines: ['feature', 'inference', 'training'],
  });
  const { workers } = await json('status', topology);
  expect(workers).toEqual([]);
});

test('what was served equals what is computed again', async () => {
  const report = await json('replay', 'verify', topology);
  expect(report).toMatchObject({ view: 'fares', compared: 60, differing: 0, differences: [] });
});

test('plan sees the topics that are there', async () => {
  const { topics } = await json('plan', topology);
  expect(topics.every(({ exists }) => exists)).toBe(true);
  expect(topics.flatMap(({ differences }) => differences)).toEqual([]);
});

test('a raw record is not left out by a setting', async () => {
  const named = await headrace(['run', topology], { ...env, HEADRACE_FOREIGN_RECORDS: 'rides/0/3' });
  expect(named.code).toBe(1);
  expect(named.stderr).toMatch(/SETTINGS_INVALID: .*rides is a raw topic: headrace skip/);
  const wrong = await headrace(['run', topology], { ...env, HEADRACE_FOREIGN_RECORDS: 'rides 3' });
  expect(wrong.stderr).toContain('must be topic/partition/offset');
});

test('reset deletes topics and state, and leaves raw topics', async () => {
  expect(existsSync(join(rides.folder, '.headrace/state/taxi'))).toBe(true);
  const asked = await headrace(['reset', topology], env);
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('taxi.vectors.fares.v1');
  expect(asked.stderr).toContain('NOT_CONFIRMED');
  const { code, stdout } = await headrace(['reset', topology, '--yes'], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Deleted \d+ topics of taxi and the local state/);
  const { log } = await connect();
  expect((await log.listTopics()).filter((topic) => !topic.startsWith('__'))).toEqual(['rides', 'tips']);
  expect(existsSync(join(rides.folder, '.headrace/state/taxi'))).toBe(false);
  expect((await headrace(['reset', topology, '--yes'], env)).stdout).toContain('Nothing of taxi is there');
});
