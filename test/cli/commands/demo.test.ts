import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schedule } from '../../../src/dev/demo/schedule.js';
import { headrace } from '../support.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('sixty days in memory: a promoted model, every later departure predicted once, every vector computed again', {
  timeout: 120_000,
}, async () => {
  const { code, stdout, stderr } = await headrace(['demo', '--in-memory', '--days', '60', '--json'], {
    HEADRACE_FOLDER: folder,
  });
  expect(stderr).not.toContain('wrong:');
  expect(code).toBe(0);
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual(
    expect.arrayContaining([
      'departures',
      'predictions',
      'duplicates',
      'auc',
      'logloss',
      'modelVersions',
      'compared',
      'differing',
      'events_per_second',
      'seconds',
    ]),
  );
  expect(report).toMatchObject({
    departures: 52_913,
    expected: 13_687,
    predictions: 13_687,
    duplicates: 0,
    compared: 52_913,
    differing: 0,
  });
  // Far above chance, far below a leak.
  expect(report.auc).toBeGreaterThan(0.68);
  expect(report.auc).toBeLessThan(0.79);
});

test('too few days to train on are refused, with the range', async () => {
  const { code, stderr } = await headrace(['demo', '--in-memory', '--days', '10'], { HEADRACE_FOLDER: folder });
  expect(code).toBe(1);
  expect(stderr).toContain('DEMO_DAYS_INVALID');
  expect(stderr).toContain('from 60 to 365');
});

test('the year’s models are asked for at the ends of March and June, New York time', () => {
  const { firstModelAt, retrainAt, endAt } = schedule(365);
  expect(new Date(firstModelAt).toISOString()).toBe('2013-04-01T04:00:00.000Z');
  expect(new Date(retrainAt).toISOString()).toBe('2013-07-01T04:00:00.000Z');
  expect(endAt).toBe(Number.POSITIVE_INFINITY);
  for (const days of [60, 100, 200, 364]) {
    const plan = schedule(days);
    expect(plan.firstModelAt).toBeLessThan(plan.retrainAt);
    expect(plan.retrainAt).toBeLessThan(plan.endAt);
  }
});
