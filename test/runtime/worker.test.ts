import { expect, test } from 'vitest';
import type { Pipeline } from '../../src/contract/topics.js';
import type { Log } from '../../src/log/log.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import type { StageTask } from '../../src/runtime/task.js';
import { Worker } from '../../src/runtime/worker.js';
import { eventually } from '../support/memory-world.js';

const NUMBERS = {
  feature: ['admit/a/0', 'compute/g.v1/0', 'compute/g.v1/1'],
  inference: ['serve/v.v1/0'],
  training: [],
};
const PIPELINES: readonly Pipeline[] = ['feature', 'inference'];

/** A worker whose memberships are led by hand, with stages that note when they open and close, and may hang in a step. */
async function world(pipelines = PIPELINES, join?: Log['join']) {
  const assign = new Map<string, (mine: readonly number[]) => void>();
  const diary: string[] = [];
  const hanging = new Set<string>();
  const free = new Map<string, () => void>();
  const log: Log = {
    ...memoryLog(),
    describeTopic: async (topic) => ({ topic, partitions: 3, config: {} }),
    join:
      join ??
      (async (group, _topic, assigned) => {
        assign.set(group.split('.').at(-1)!, assigned);
        return { leave: async () => {} };
      }),
  };
  const stage = (name: string): StageTask => ({
    open: async () => void diary.push(`open ${name}`),
    step: async () => {
      if (hanging.has(name)) await new Promise<void>((done) => free.set(name, done));
      return 'idle';
    },
    close: async () => void diary.push(`close ${name}`),
    release: async () => {},
    describe: () => ({}),
  });
  const worker = await Worker.start({
    topology: 'shop',
    pipelines,
    numbers: NUMBERS,
    create: stage,
    log,
    clock: systemClock,
    logger: silentLogger,
  });
  const gets = (pipeline: Pipeline, mine: readonly number[]) => assign.get(pipeline)!(mine);
  const wrote = (line: string) => eventually(line, () => diary.includes(line), 2_000);
  return { worker, gets, diary, wrote, hanging, free };
}

test('what begins does not wait for what ends, in its pipeline or another', async () => {
  const { worker, gets, wrote, hanging, free, diary } = await world();
  hanging.add('admit/a/0');
  gets('feature', [0]);
  await eventually('it hangs', () => free.has('admit/a/0'));
  gets('feature', [1]);
  gets('inference', [0]);
  await wrote('open compute/g.v1/0');
  await wrote('open serve/v.v1/0');
  expect(diary).not.toContain('close admit/a/0');
  expect(worker.has('admit/a/0')).toBe(true);
  hanging.clear();
  free.get('admit/a/0')!();
  await wrote('close admit/a/0');
  await eventually('it is gone', () => !worker.has('admit/a/0'));
  await worker.stop();
});

test('a task that comes back while it ends begins again behind that, once; one that only came and went does not', async () => {
  const { worker, gets, hanging, free, diary } = await world();
  hanging.add('compute/g.v1/0');
  gets('feature', [1]);
  await eventually('it hangs', () => free.has('compute/g.v1/0'));
  for (const mine of [[], [1], [], [1, 2], [1]]) gets('feature', mine);
  await new Promise((turn) => setTimeout(turn, 20));
  expect(diary.filter((line) => line.endsWith('compute/g.v1/0'))).toEqual(['open compute/g.v1/0']);
  hanging.clear();
  free.get('compute/g.v1/0')!();
  const mine = () => diary.filter((line) => line.endsWith('compute/g.v1/0'));
  await eventually(
    'it has settled',
    () => mine().length > 0 && worker.status().every(({ state }) => state === 'running'),
  );
  expect(worker.has('compute/g.v1/0')).toBe(true);
  expect(worker.has('compute/g.v1/1')).toBe(false);
  const lines = mine();
  expect(
    lines.filter((line) => line.startsWith('open')).length - lines.filter((line) => line.startsWith('close')).length,
  ).toBe(1);
  await worker.stop();
});

test('joins the groups of its pipelines together, and leaves them where one cannot be joined', async () => {
  const waiting: (() => void)[] = [];
  const { worker } = await world(PIPELINES, async () => {
    // Nobody is let in before all have asked.
    await new Promise<void>((all) => {
      waiting.push(all);
      if (waiting.length === PIPELINES.length) for (const done of waiting) done();
    });
    return { leave: async () => {} };
  });
  await worker.stop();

  let left = 0;
  const refused = world(PIPELINES, async (group) => {
    if (group.endsWith('inference')) throw new Error('no');
    return { leave: async () => void left++ };
  });
  await expect(refused).rejects.toThrow('no');
  expect(left).toBe(1);
});
