/** The real RocksDB on a disk that has no room for a while. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hasFullDisks, setDiskFull } from '../support/full-disk.js';

const JITI = resolve('node_modules/jiti/lib/jiti-cli.mjs');
const TIMES = 3;

test.skipIf(!hasFullDisks())(
  'a store outlives a full disk, and keeps what it acknowledged',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headrace-full-'));
    try {
      const child = spawn(process.execPath, [JITI, resolve('test/state/full-disk-child.ts'), join(folder, 'store')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (data) => {
        said += data;
      });
      const exit = once(child, 'exit');
      for (const endMs = Date.now() + 30_000; !said.includes('writes') && Date.now() < endMs; ) await sleep(20);
      for (let time = 0; time < TIMES; time++) {
        for (const full of [true, false]) {
          await sleep(150);
          setDiskFull(child.pid!, full);
        }
      }
      await sleep(150);
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
      const { failures, lost, keys } = JSON.parse(said.split('\n').at(-2)!);
      expect({ lost, keys }).toEqual({ lost: 0, keys: 64 });
      expect(failures).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
