import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectFile } from '../../support/memory-world.js';

const MAIN = projectFile('dist/cli/main.js');
let folder: string;

/** As a user would run it: the built program, and a Kafka of the demo's own, since it deletes the topics of the last demo. */
function headrace(...args: string[]) {
  const { KAFKA_BROKERS: _a, KAFKA_BOOTSTRAP_SERVERS: _b, SCHEMA_REGISTRY_URL: _c, ...env } = process.env;
  return promisify(execFile)(process.execPath, [MAIN, ...args], { env: { ...env, HEADRACE_FOLDER: folder } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-demo-'));
});
afterAll(async () => {
  await headrace('down');
  await rm(folder, { recursive: true, force: true });
});

test('sixty days on the real Kafka, and what it says to try next', async () => {
  const { stdout } = await headrace('demo', '--days', '60', '--json');
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  expect(report).toMatchObject({
    departures: 52_913,
    expected: 13_687,
    predictions: 13_687,
    duplicates: 0,
    compared: 52_913,
    differing: 0,
  });

  const models = JSON.parse((await headrace('models', 'topology/flights.ts', '--json')).stdout) as object;
  expect(JSON.stringify(models)).toContain('champion');
  const verified = await headrace('replay', 'verify', 'topology/flights.ts', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ compared: 52_913, differing: 0 });
  const tapped = await headrace('tap', 'flights.predictions.late-arrival.v1', '--limit', '5');
  expect(tapped.stdout.trim().split('\n')).toHaveLength(5);
}, 300_000);
