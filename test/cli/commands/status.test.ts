import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workersFolder } from '../../../src/cli/workers.js';
import { serveHttp, type WorkerHttp } from '../../../src/console/http.js';
import type { TaskStatus } from '../../../src/runtime/task.js';
import { headrace } from '../support.js';

/** No process has it: Linux gives out at most 2^22. */
const PID_OF_NOBODY = 2 ** 22 + 1;

let folder: string;
let http: WorkerHttp | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-status-'));
});
afterEach(async () => {
  await http?.close();
  http = null;
  rmSync(folder, { recursive: true, force: true });
});

const task = (name: string, state: TaskStatus['state'], numbers: TaskStatus['numbers'] = {}): TaskStatus => ({
  task: name,
  state,
  because: state === 'running' ? null : { code: 'RAW_TOPIC_MISSING', message: 'no topic', remedy: 'fix-environment' },
  numbers,
});
async function worker(topology: string, tasks: readonly TaskStatus[], pid = process.pid): Promise<string> {
  http = await serveHttp(
    0,
    () => tasks,
    async () => '',
  );
  const place = workersFolder(folder, topology);
  mkdirSync(place, { recursive: true });
  const file = join(place, `${pid}.json`);
  writeFileSync(file, JSON.stringify({ pid, http: `127.0.0.1:${http.port}`, pipelines: ['feature'] }));
  return file;
}
const status = (...args: string[]) => headrace(['status', ...args], { HEADRACE_FOLDER: folder });

test('nothing runs', async () => {
  const { code, stdout } = await status();
  expect(code).toBe(0);
  expect(stdout).toMatch(/kafka +stopped/);
  expect(stdout).toContain('No workers run here.');
});

test('tasks in the order of the stages, with lag, known time and what they wait for', async () => {
  await worker('flights', [
    task('serve/delays.v1/0', 'running', {
      lag_rows: 1500,
      known_ms: Date.UTC(2013, 0, 3),
      event_time_ms: Date.UTC(2013, 0, 2),
      waits_for: 'origin',
    }),
    task('compute/plane.v1/0', 'running', { lag_rows: 800, lag_records: 4, known_ms: Date.UTC(2013, 0, 2) }),
    task('snapshot/delays.v1', 'running', { as_of_ms: Date.UTC(2013, 0, 2), held_rows: 7 }),
    task('admit/departures/10', 'running', { lag_records: 12345, known_ms: Date.UTC(2013, 0, 1) }),
    task('admit/departures/2', 'running', { lag_records: 0, known_ms: -1 }),
  ]);
  const { code, stdout } = await status();
  expect(code).toBe(0);
  expect(stdout).toContain(`Worker ${process.pid} of flights: feature; http://127.0.0.1:${http!.port}; waiting`);
  const lines = stdout.split('\n').filter((line) => /^(admit|compute|serve|snapshot)/.test(line));
  expect(lines.map((line) => line.split(/ {2,}/).map((cell) => cell.trim()))).toEqual([
    ['admit/departures/2', 'running', '0', '-', '-'],
    ['admit/departures/10', 'running', '12,345', '2013-01-01 00:00:00Z', '-'],
    ['compute/plane.v1/0', 'running', '800', '2013-01-02 00:00:00Z', '-'],
    ['serve/delays.v1/0', 'running', '1,500', '2013-01-03 00:00:00Z', 'origin'],
    ['snapshot/delays.v1', 'running', '-', '-', '-'],
  ]);
  const json = JSON.parse((await status('topology/flights.ts', '--json')).stdout) as { workers: { tasks: object[] }[] };
  expect(json.workers[0]!.tasks).toHaveLength(5);
});

test('a stuck task is said with its reason, and is code 1', async () => {
  await worker('flights', [task('admit/weather/0', 'stuck')]);
  const { code, stdout } = await status();
  expect(code).toBe(1);
  expect(stdout).toMatch(/admit\/weather\/0 +stuck.*RAW_TOPIC_MISSING: no topic/);
});

test('a worker that does not answer is said to be so', async () => {
  await worker('flights', []);
  await http!.close();
  http = null;
  const { code, stdout } = await status();
  expect(code).toBe(1);
  expect(stdout).toContain('does not answer');
});

test('the file of a process that is gone is removed; other topologies are not asked', async () => {
  const file = await worker('flights', [], PID_OF_NOBODY);
  expect((await status()).stdout).toContain('No workers run here.');
  expect(existsSync(file)).toBe(false);
  await worker('taxi', []);
  expect((await status('topology/flights.ts')).stdout).toContain('No workers of flights run here.');
});
