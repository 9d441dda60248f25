import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { copiers, Standby } from '../../src/runtime/standby.js';

const names = fc.uniqueArray(
  fc.integer({ min: 1, max: 99 }).map((n) => `worker-${n}:80`),
  { minLength: 2, maxLength: 9 },
);

test('as many copies of each task as are asked for, the same whoever asks, and spread; who leaves moves only its own', () => {
  const tasks = Array.from({ length: 200 }, (_, n) => `compute/card.v1/${n}`);
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 3 }), (workers, copies) => {
      for (const task of tasks) {
        const found = copiers(task, workers, copies);
        expect(new Set(found).size).toBe(Math.min(copies, workers.length));
        expect(copiers(task, [...workers].reverse(), copies)).toEqual(found);
        const [, ...stay] = workers;
        const kept = found.filter((worker) => worker !== workers[0]);
        expect(copiers(task, stay, copies)).toEqual(expect.arrayContaining(kept));
      }
      const used = new Set(tasks.flatMap((task) => copiers(task, workers, copies)));
      expect(used.size).toBe(workers.length);
    }),
  );
});

/** Copies that note what was asked of them, with a clock that goes on when it is told. */
function world(
  owners: ReadonlyMap<string, string>,
  catchUp: (task: string, signal: AbortSignal) => Promise<void>,
  behind: ReadonlyMap<string, number> = new Map(),
) {
  let rest: (() => void) | null = null;
  const warnings: string[] = [];
  const standby = new Standby({
    copies: 1,
    tasks: ['compute/a.v1/0', 'compute/a.v1/1', 'route/a.v1'],
    copyOf: (task) =>
      task.startsWith('compute/')
        ? { catchUp: (signal) => catchUp(task, signal), behind: async () => behind.get(task) ?? null }
        : null,
    address: 'here:1',
    owners: async () => owners,
    clock: {
      now: () => 0,
      sleep: (ms) =>
        new Promise((done) => {
          if (ms === 1_000) rest = done;
        }),
    },
    logger: { ...silentLogger, warn: (_, message) => void warnings.push(message) },
  });
  const rested = async () => {
    for (let n = 0; n < 20; n++) await Promise.resolve();
    expect(rest).not.toBe(null);
  };
  const goOn = () => rest!();
  return { standby, rested, goOn, warnings };
}

test('copies what others own and nobody else copies; neither what runs here nor what nobody has', async () => {
  const copied: string[] = [];
  const { standby, rested, goOn } = world(new Map([['compute/a.v1/0', 'there:1']]), async (task) => {
    copied.push(task);
  });
  standby.start();
  await rested();
  expect(copied).toEqual(['compute/a.v1/0']);
  await standby.hold(new Set(['compute/a.v1/0']));
  goOn();
  await rested();
  expect(copied).toEqual(['compute/a.v1/0']);
  await standby.close();
});

test('lets go of a task before that opens here', async () => {
  const lines: string[] = [];
  const { standby } = world(new Map([['compute/a.v1/0', 'there:1']]), async (_, signal) => {
    lines.push('copies');
    await new Promise((aborted) => signal.addEventListener('abort', aborted));
    await Promise.resolve();
    lines.push('has ended');
  });
  standby.start();
  for (let n = 0; n < 20; n++) await Promise.resolve();
  await standby.hold(new Set(['compute/a.v1/0']));
  expect(lines).toEqual(['copies', 'has ended']);
  await standby.close();
});

test('what fails is said once and tried again', async () => {
  let tries = 0;
  const { standby, rested, goOn, warnings } = world(new Map([['compute/a.v1/1', 'there:1']]), async () => {
    if (tries++ < 3) throw new HeadraceError('LOG_UNAVAILABLE', 'away', { remedy: 'retry' });
  });
  standby.start();
  for (let round = 1; round <= 4; round++) {
    await rested();
    expect(tries).toBe(round);
    goOn();
  }
  expect(warnings).toHaveLength(1);
  await standby.close();
});

test('says of which tasks state is at hand: what it copied to the end, and what lies here and lacks little', async () => {
  const owners = new Map([['compute/a.v1/0', 'there:1']]);
  const { standby, rested } = world(owners, async () => {}, new Map([['compute/a.v1/1', 10_001]]));
  await standby.look();
  expect(standby.warm()).toEqual([]);
  standby.start();
  await rested();
  expect(standby.warm()).toEqual(['compute/a.v1/0']);
  await standby.close();

  const lies = world(new Map(), async () => {}, new Map([['compute/a.v1/1', 10_000]]));
  await lies.standby.look();
  expect(lies.standby.warm()).toEqual(['compute/a.v1/1']);
});
