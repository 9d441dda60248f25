/** The simulator itself: that it is deterministic, and that what it says of a run is so. */
import { expect, test } from 'vitest';
import { FAULTS, MEANING } from './faults.js';
import { Random } from './random.js';
import { Scheduler, TooLong } from './scheduler.js';
import { simulate } from './simulate.js';

const traceOf = async (seed: number) => {
  const lines: string[] = [];
  const report = await simulate(seed, { say: (line) => lines.push(line) });
  return { lines, report };
};

test.each([3, 20])('seed %i gives the same trace twice, line by line', async (seed) => {
  const first = await traceOf(seed);
  const second = await traceOf(seed);
  expect(second.lines).toEqual(first.lines);
  expect(second.report.digest).toBe(first.report.digest);
  expect(first.lines.length).toBeGreaterThan(100);
});

test('another seed of the same workload is another run with the same outcome', async () => {
  const [one, other] = [await simulate(1), await simulate(17)];
  expect(one.digest).not.toBe(other.digest);
  expect([one.wrong, other.wrong]).toEqual([[], []]);
  expect(one.vectors).toBe(other.vectors);
});

test('a run without faults strikes none, and predicts every order once', async () => {
  const { struck, wrong, vectors } = await simulate(5, { faults: [] });
  expect([...struck]).toEqual([]);
  expect(wrong).toEqual([]);
  expect(vectors).toBeGreaterThan(40);
});

test('every kind of fault says what it is', () => {
  expect(Object.keys(MEANING).sort()).toEqual([...FAULTS].sort());
});

test('timers fire in order of time, and only when nothing else can run; the choice among what can is the seed’s', async () => {
  const orderOf = async (seed: number) => {
    const scheduler = new Scheduler(0, new Random(seed, 'test'));
    const order: string[] = [];
    const limits = { maxMs: 1_000, stepsMax: 1_000 };
    await scheduler.run(async () => {
      setTimeout(() => order.push(`b at ${scheduler.now}`), 20);
      setTimeout(() => order.push(`a at ${scheduler.now}`), 10);
      const cancelled = setTimeout(() => order.push('never'), 15);
      clearTimeout(cancelled);
      for (const name of 'uvwxyz') setImmediate(() => order.push(name));
      await new Promise((done) => setTimeout(done, 30));
    }, limits);
    return order;
  };
  const order = await orderOf(1);
  expect(order.slice(0, 6).sort()).toEqual([...'uvwxyz']);
  expect(order.slice(6)).toEqual(['a at 10', 'b at 20']);
  expect(await orderOf(1)).toEqual(order);
  expect(await orderOf(2)).not.toEqual(order);
});

test('a run that cannot go on, or goes on for ever, is ended', async () => {
  const scheduler = () => new Scheduler(0, new Random(1, 'test'));
  const limits = { maxMs: 1_000, stepsMax: 1_000 };
  const stuck = scheduler().run(() => new Promise(() => {}), limits);
  await expect(stuck).rejects.toThrow(new TooLong('nothing can run any more'));
  const late = scheduler();
  await expect(late.run(() => late.sleep(2_000), limits)).rejects.toThrow(TooLong);
  const busy = scheduler();
  const forEver = async () => {
    for (;;) await busy.turn();
  };
  await expect(busy.run(forEver, limits)).rejects.toThrow('not over after 1000 continuations');
});
