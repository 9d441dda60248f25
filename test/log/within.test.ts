import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { within } from '../../src/log/within.js';

const LONG_MS = 60_000;
const never = new Promise<string>(() => {});
const failing = async () => {
  throw new Error('broken');
};

test('what is done in time is given, or its error', async () => {
  const late = vi.fn(() => 'late');
  expect(await within(LONG_MS, Promise.resolve('done'), late)).toBe('done');
  await expect(within(LONG_MS, failing(), late)).rejects.toThrow('broken');
  expect(late).not.toHaveBeenCalled();
});

test('what is late is replaced', async () => {
  expect(await within(1, never, () => 'late')).toBe('late');
  await expect(
    within(1, never, () => {
      throw new Error('too late');
    }),
  ).rejects.toThrow('too late');
});

test('an error after that is nobody’s', async () => {
  const fails = sleep(10).then(failing);
  expect(await within(1, fails, () => 'late')).toBe('late');
  await sleep(20);
});
