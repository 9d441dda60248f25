import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { headrace } from '../support.js';

const folder = mkdtempSync(join(tmpdir(), 'headrace-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('without Kafka a plan says so, and which raw topics decide', async () => {
  const { code, stdout, stderr } = await headrace(['plan', 'topology/flights.ts'], { HEADRACE_FOLDER: folder });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('The brokers could not be asked which topics exist: KAFKA_NOT_FOUND');
  expect(stdout).toMatch(/flights\.admitted\.weather\.v1 +not asked +as weather/);
});

test('--sql prints a group’s features as one query instead', async () => {
  const args = ['plan', 'topology/flights.ts', '--sql', '--group', 'carrier', '--from', 'data/flights'];
  const { code, stdout, stderr } = await headrace(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^-- Group carrier\.v1 of topology flights: its features for each of departures/);
  expect(stdout).toContain("from read_parquet('data/flights/arrivals.parquet') as file");
  expect(stdout).toContain('avg(cast(e.arr_delay >= 15 as integer)) as carrier_late_share_24h');
  expect(stdout).toMatch(/;\n$/);
});

test('--group is of a query, and must be one of the topology’s', async () => {
  const { code, stdout, stderr } = await headrace(['plan', 'topology/flights.ts', '--group', 'x']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('GROUP_UNKNOWN: flights has no group x; it has origin, plane, carrier');
});
