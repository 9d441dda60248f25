/**
 * What goes wrong in a chaos run: each fault happens, lasts, and is over when it returns, with the seconds in which what it took away (a
 * broker, room on a disk) was not there; 0 for what others can do without.
 */
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasFullDisks } from '../support/full-disk.js';
import { until } from './until.js';
import type { ChaosWorker, World } from './world.js';

export interface Stage {
  readonly world: World;
  readonly workers: readonly ChaosWorker[];
  readonly topology: string;
  readonly sessionTimeoutMs: number;
  /** From 0 to below 1, of the run's seed. */
  readonly chance: () => number;
}

const pick = <T>(from: readonly T[], chance: () => number): T => from[Math.floor(chance() * from.length)]!;
async function runningOne({ workers, chance }: Stage): Promise<ChaosWorker> {
  const running = () => workers.filter(({ process }) => process !== null);
  await until('a worker runs', RUNS_MAX_MS, async () => running().length > 0);
  return pick(running(), chance);
}

/** For the supervisor to start one again. */
const RUNS_MAX_MS = 10_000;
const AWAY_MS = 2_000;
const REGISTRY_AWAY_MS = 10_000;
const BROKER_AWAY_MS = 3_000;
const FULL_MS = 8_000;
/** Long enough that others take over. */
const FULL_BEYOND_SESSION_MS = 8_000;
/** A stopped worker is silent for longer than its session. */
const BEYOND_SESSION_MS = 4_000;

async function restarted(stage: Stage, between: (worker: ChaosWorker) => Promise<void>): Promise<number> {
  const worker = await runningOne(stage);
  await stage.world.kill(worker);
  await between(worker);
  stage.world.start(worker, stage.topology);
  return 0;
}

/** Bytes in the middle of every file are other ones. */
async function corrupt(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size < 64 || !/\.(sst|log)$|^MANIFEST/.test(name)) continue;
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(16, 0xa5), 0, 16, Math.floor(size / 2));
    await file.close();
  }
}

async function full(stage: Stage, ms: number): Promise<void> {
  const worker = await runningOne(stage);
  stage.world.diskFull(worker, true);
  await sleep(ms);
  stage.world.diskFull(worker, false);
}

export const FAULTS: Readonly<Record<string, (stage: Stage) => Promise<number>>> = {
  /** kill -9, and started again at once with its disk. */
  killed: (stage) => restarted(stage, async () => {}),
  /** kill -9, and away for longer than its session: the others take over. */
  'killed and away': (stage) => restarted(stage, () => sleep(stage.sessionTimeoutMs + AWAY_MS)),
  /** It stands still until others have its tasks, then goes on as if nothing had been. */
  zombie: async (stage) => {
    const worker = await runningOne(stage);
    worker.process!.kill('SIGSTOP');
    await sleep(stage.sessionTimeoutMs + BEYOND_SESSION_MS);
    worker.process?.kill('SIGCONT');
    return 0;
  },
  'state deleted': (stage) => restarted(stage, ({ stateFolder }) => rm(stateFolder, { recursive: true, force: true })),
  'state corrupted': (stage) => restarted(stage, ({ stateFolder }) => corrupt(stateFolder)),
  'broker killed': ({ world }) => world.outage('kafka', BROKER_AWAY_MS),
  'registry killed': ({ world }) => world.outage('registry', REGISTRY_AWAY_MS).then(() => 0),
  'disk full': (stage) => full(stage, FULL_MS).then(() => FULL_MS / 1000),
  /** So long that others take over what cannot be written. */
  'disk full for long': (stage) => full(stage, stage.sessionTimeoutMs + FULL_BEYOND_SESSION_MS).then(() => 0),
  /** As an operator does it: the next one when the last one runs again. */
  'rolling restart': async (stage) => {
    for (const worker of stage.workers) {
      if (worker.process === null) continue;
      await stage.world.kill(worker, 'SIGTERM');
      stage.world.start(worker, stage.topology);
      await worker.runs;
      await sleep(AWAY_MS);
    }
    return 0;
  },
  /** From all to one, and back; over when all run. */
  rescale: async (stage) => {
    const [, ...others] = stage.workers;
    for (const worker of others) await stage.world.kill(worker, 'SIGTERM');
    await sleep(AWAY_MS);
    for (const worker of others) stage.world.start(worker, stage.topology);
    await Promise.all(others.map(({ runs }) => runs));
    return 0;
  },
};

/** Why a fault cannot be made on this machine, or null. */
export function impossible(fault: string): string | null {
  return fault.startsWith('disk full') && !hasFullDisks() ? 'there is no prlimit (util-linux)' : null;
}
