import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endpoints } from '../../src/dev/endpoints.js';

test('the settings count first; with neither they nor a local Kafka, the error says how to start one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-endpoints-'));
  try {
    const set = { brokers: ['a:9092'], registryUrl: 'http://b' };
    expect(await endpoints({ ...set, folder })).toEqual({ ...set, from: 'settings' });
    await expect(endpoints({ brokers: null, registryUrl: null, folder })).rejects.toMatchObject({
      code: 'KAFKA_NOT_FOUND',
      message: expect.stringContaining('headrace up'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
