import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { Asks, QUESTIONS_MAX, STEP_ANSWERS_MAX } from '../../src/feature/asks.js';
import { codeOf } from '../log/suite/support.js';

const double = async (n: number) => 2 * n;
const opened = () => {
  const asks = new Asks<number, number>('compute/origin.v1/0');
  let woken = 0;
  asks.open(() => woken++);
  return { asks, woken: () => woken };
};

test('a question wakes the task, and waits for its step', async () => {
  const { asks, woken } = opened();
  let answer: number | null = null;
  const asked = asks.ask(21).then((value) => {
    answer = value;
  });
  await new Promise((turn) => setImmediate(turn));
  expect([woken(), answer, asks.size]).toEqual([1, null, 1]);
  await asks.answer(double);
  await asked;
  expect([answer, asks.size]).toEqual([42, 0]);
});

test('questions are answered in the order in which they came, a few in each step', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 30 }), async (bursts) => {
      const { asks } = opened();
      const order: number[] = [];
      const asked: Promise<number>[] = [];
      for (const burst of bursts) {
        for (let i = 0; i < burst * 10 && asks.size < QUESTIONS_MAX; i++) asked.push(asks.ask(asked.length));
        const before = order.length;
        await asks.answer(async (n) => {
          order.push(n);
          return n;
        });
        expect(order.length - before).toBeLessThanOrEqual(STEP_ANSWERS_MAX);
      }
      while (asks.size > 0) {
        await asks.answer(async (n) => {
          order.push(n);
          return n;
        });
      }
      expect(order).toEqual(asked.map((_, i) => i));
      expect(await Promise.all(asked)).toEqual(order);
    }),
  );
});

test('what is asked while another answer is made waits for the next step', async () => {
  const { asks } = opened();
  const first = asks.ask(1);
  let second: Promise<number> | null = null;
  await asks.answer(async (n) => {
    second ??= asks.ask(2);
    return n;
  });
  expect(await first).toBe(1);
  expect(asks.size).toBe(1);
  await asks.answer(double);
  expect(await second).toBe(4);
});

test('the queue is bounded, and says so', async () => {
  const { asks } = opened();
  const all = Array.from({ length: QUESTIONS_MAX }, (_, n) => asks.ask(n));
  expect(await codeOf(asks.ask(0))).toBe('QUESTIONS_FULL');
  while (asks.size > 0) await asks.answer(double);
  expect(await Promise.all(all)).toHaveLength(QUESTIONS_MAX);
});

test('an answer that fails fails its question alone', async () => {
  const { asks } = opened();
  const [bad, good] = [codeOf(asks.ask(1)), asks.ask(2)];
  await asks.answer(async (n) => {
    if (n === 1) throw new HeadraceError('STATE_UNREADABLE', 'no', { remedy: 'restart-task' });
    return n;
  });
  expect(await bad).toBe('STATE_UNREADABLE');
  expect(await good).toBe(2);
});

test('a task that does not run answers nothing', async () => {
  const asks = new Asks<number, number>('compute/origin.v1/0');
  expect(await codeOf(asks.ask(1))).toBe('TASK_NOT_RUNNING');
  asks.open(() => {});
  const waiting = codeOf(asks.ask(1));
  asks.close();
  expect(await waiting).toBe('TASK_NOT_RUNNING');
  expect(await codeOf(asks.ask(1))).toBe('TASK_NOT_RUNNING');
  asks.open(() => {});
  const again = asks.ask(1);
  await asks.answer(double);
  expect(await again).toBe(2);
});
