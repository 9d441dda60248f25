import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../src/dev/lock.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-lock-'));
  file = join(folder, 'deep', 'up.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('one holder at a time, whoever left one behind', async () => {
  let inside = 0;
  let most = 0;
  let told = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await sleep(20);
    inside--;
  };
  const one = () => withLock(file, 10_000, work, () => told++);
  await one();
  // As a holder that died would leave it: a process number that is taken now by one that started at another time.
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: 'long ago' }));
  await Promise.all([one(), one(), one(), one()]);
  expect(most).toBe(1);
  expect(told).toBeGreaterThan(0);
  expect(readdirSync(join(folder, 'deep'))).toEqual([]);
});

test('a living holder is waited for within a bound, and named', async () => {
  await withLock(file, 0, async () => {
    await expect(withLock(file, 150, async () => {})).rejects.toMatchObject({
      code: 'LOCAL_BUSY',
      message: expect.stringContaining(`process ${process.pid} has held ${file}`),
    });
  });
});

test('the lock is released when the work fails', async () => {
  const failing = withLock(file, 0, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await withLock(file, 0, async () => 'free')).toBe('free');
});
