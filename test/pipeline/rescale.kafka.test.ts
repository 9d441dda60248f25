import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judge } from '../chaos/judge.js';
import { untilServed } from '../chaos/run.js';
import { type ChaosWorker, World } from '../chaos/world.js';

const SESSION_MS = 10_000;
const RATE = 300;
/** Between two changes: what moves is open again, and rows go through it. */
const SETTLE_MS = 3_000;

interface Line {
  readonly msg: string;
  readonly task?: string;
  readonly pipeline?: string;
  readonly tasks?: number;
}

let world: World;
const levelBefore = process.env.HEADRACE_LOG_LEVEL;

beforeAll(async () => {
  // That a task was opened is said to those who look closely.
  process.env.HEADRACE_LOG_LEVEL = 'debug';
  world = await World.open(join(resolve('.headrace'), 'rescale', `test-${process.pid}`), SESSION_MS);
}, 120_000);

afterAll(async () => {
  await world?.close();
  if (levelBefore === undefined) delete process.env.HEADRACE_LOG_LEVEL;
  else process.env.HEADRACE_LOG_LEVEL = levelBefore;
});

async function linesOf({ name }: ChaosWorker): Promise<Line[]> {
  const text = await readFile(join(world.folder, `${name}.log`), 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
}

const opened = async (worker: ChaosWorker): Promise<string[]> =>
  (await linesOf(worker)).flatMap(({ msg, task }) => (msg === 'task opened' ? [task!] : []));

test('one worker, three, two, and a rolling restart under load: each event once and the bytes of one worker; who stays goes on', async () => {
  const { path, definition } = await world.topology('rescaled');
  const [first, second, third] = ['one', 'two', 'three'].map((name) => world.worker(name)) as [
    ChaosWorker,
    ChaosWorker,
    ChaosWorker,
  ];
  world.start(first, path);
  await first.runs;
  const alone = (await linesOf(first)).filter(({ msg }) => msg === 'assigned');
  const loader = await world.loader(definition, RATE);
  let loading = true;
  const loaded = loader.run(
    Number.POSITIVE_INFINITY,
    () => {},
    () => !loading,
  );
  await sleep(SETTLE_MS);

  for (const worker of [second, third]) world.start(worker, path);
  await Promise.all([second.runs, third.runs]);
  await sleep(SETTLE_MS);
  await world.kill(third, 'SIGTERM');
  await sleep(SETTLE_MS);

  const moved = new Set([...(await opened(second)), ...(await opened(third))]);
  const opens = await opened(first);
  const kept = [...new Set(opens)].filter((task) => !moved.has(task));
  // Its share of three workers is what the first may keep all the time.
  const share = alone.reduce((sum, { tasks }) => sum + Math.floor(tasks! / 3), 0);
  expect(share).toBeGreaterThan(0);
  expect(kept.length).toBeGreaterThanOrEqual(share);
  for (const task of kept)
    expect(
      opens.filter((name) => name === task),
      `${task} was opened once`,
    ).toHaveLength(1);

  for (const worker of [first, second]) {
    await world.kill(worker, 'SIGTERM');
    world.start(worker, path);
    await worker.runs;
    await sleep(SETTLE_MS);
  }
  loading = false;
  await loaded;
  await loader.end();
  await loader.close();
  await untilServed(world, definition, () => {});
  for (const worker of [first, second]) await world.kill(worker, 'SIGTERM');

  const undisturbed = await world.topology('undisturbed');
  const only = world.worker('only');
  world.start(only, undisturbed.path);
  await untilServed(world, undisturbed.definition, () => {});
  await world.kill(only, 'SIGTERM');
  const judgement = await judge(definition, undisturbed.definition, world);
  expect(judgement).toMatchObject({ lost: 0, doubled: 0, differing: 0, disordered: 0, examples: [] });
}, 300_000);
