import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { StateWatch } from '../../src/runtime/state-watch.js';
import type { TaskStatus } from '../../src/runtime/task.js';

const full = new HeadraceError('STATE_NOT_WRITTEN', 'no space left', { remedy: 'restart-task' });
const task = (because: HeadraceError | null): TaskStatus => ({
  task: 'compute/card.v1/0',
  state: because === null ? 'running' : 'backingOff',
  because,
  numbers: {},
});

function world() {
  const state = { now: 0, members: 2, because: null as HeadraceError | null, writable: false, brokers: true };
  const diary: string[] = [];
  const watch = new StateWatch({
    status: () => [task(null), task(state.because)],
    members: async () => {
      if (!state.brokers) throw new HeadraceError('LOG_UNAVAILABLE', 'away', { remedy: 'retry' });
      return state.members;
    },
    leave: async () => void diary.push(`left at ${state.now}`),
    join: async () => {
      if (!state.brokers) throw new HeadraceError('LOG_UNAVAILABLE', 'away', { remedy: 'retry' });
      diary.push(`joined at ${state.now}`);
    },
    trial: async () => {
      if (!state.writable) throw full;
    },
    patienceMs: 10_000,
    clock: { now: () => state.now, sleep: async () => {} },
    logger: silentLogger,
  });
  /** A look a second. */
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      await watch.look();
      state.now += 1_000;
    }
  };
  return { state, diary, watch, pass };
}

test('others get the tasks of a worker that cannot write for as long as its session; it comes back when it can', async () => {
  const { state, diary, watch, pass } = world();
  await pass(5);
  state.because = full;
  await pass(10);
  expect(diary).toEqual([]);
  await pass(1);
  expect(diary).toEqual(['left at 15000']);
  expect(watch.isOut).toBe(true);
  state.because = null;
  await pass(30);
  expect(diary).toHaveLength(1);
  state.writable = true;
  await pass(1);
  expect(diary).toEqual(['left at 15000', 'joined at 46000']);
  expect(watch.isOut).toBe(false);
  await pass(30);
  expect(diary).toHaveLength(2);
});

test('a disk that has room again in time, and other errors, move nothing', async () => {
  const { state, diary, pass } = world();
  for (let n = 0; n < 5; n++) {
    state.because = full;
    await pass(9);
    state.because = null;
    await pass(1);
  }
  state.because = new HeadraceError('LOG_UNAVAILABLE', 'away', { remedy: 'retry' });
  await pass(60);
  expect(diary).toEqual([]);
});

test('the last one stays, and one that is out joins when all others have gone; while brokers are away nothing is decided', async () => {
  const { state, diary, pass } = world();
  state.because = full;
  state.members = 1;
  await pass(30);
  expect(diary).toEqual([]);
  state.members = 2;
  state.brokers = false;
  await pass(5);
  expect(diary).toEqual([]);
  state.brokers = true;
  await pass(1);
  expect(diary).toEqual(['left at 35000']);
  state.members = 1;
  await pass(5);
  expect(diary).toHaveLength(1);
  state.members = 0;
  state.brokers = false;
  await pass(5);
  expect(diary).toHaveLength(1);
  state.brokers = true;
  await pass(1);
  expect(diary).toEqual(['left at 35000', 'joined at 46000']);
});
