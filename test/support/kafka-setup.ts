/**
 * Before and after a run of Kafka's tests: gives the run a folder of its own, and stops what was started there.
 * A run that was killed leaves its Kafka behind; the next run stops that, since its folder is named by a process that is gone.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startOf } from '../../src/dev/processes.js';
import { down } from '../../src/dev/up.js';
import { FOLDER_VARIABLE } from './kafka.js';

const ALL = resolve(import.meta.dirname, '../../.headrace/test');

async function remove(folder: string): Promise<void> {
  await down({ folder });
  rmSync(folder, { recursive: true, force: true });
}

export async function setup(): Promise<void> {
  const left = existsSync(ALL) ? readdirSync(ALL).filter((name) => /^\d+$/.test(name)) : [];
  for (const name of left) if (startOf(Number(name)) === null) await remove(join(ALL, name));
  process.env[FOLDER_VARIABLE] = join(ALL, String(process.pid));
}

export async function teardown(): Promise<void> {
  await remove(join(ALL, String(process.pid)));
}
