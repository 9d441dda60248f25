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
