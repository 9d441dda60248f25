import { describe, expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { TASK_EVENTS, TASK_STATES, TASK_TABLE } from '../../src/runtime/lifecycle.js';
import { type Logger, silentLogger, systemClock } from '../../src/runtime/ports.js';
import { type Progress, type StageTask, Task } from '../../src/runtime/task.js';
import { eventually } from '../support/memory-world.js';

describe('the table', () => {
  test('has every cell, and every state can be left', () => {
    for (const state of TASK_STATES) {
      expect(Object.keys(TASK_TABLE[state]).sort()).toEqual([...TASK_EVENTS].sort());
      const leaves = TASK_EVENTS.some((event) => {
        const step = TASK_TABLE[state][event];
        return typeof step === 'object' && step.to !== state;
      });
      expect(leaves, state).toBe(true);
    }
  });

  test('whatever was opened is released or closed before the task is stopped or opened again', () => {
    for (const state of ['opening', 'running', 'waiting'] as const) {
      for (const event of TASK_EVENTS) {
        const step = TASK_TABLE[state][event];
        if (typeof step === 'string' || ['running', 'waiting'].includes(step.to)) continue;
        expect(
          step.then.some((effect) => effect === 'release' || effect === 'close'),
          `${state} ${event}`,
        ).toBe(true);
      }
    }
  });
});

/** A stage that does what its script says, and keeps a diary. */
class Scripted implements StageTask {
  readonly diary: string[] = [];
  readonly #script: (HeadraceError | Progress)[];
  constructor(script: (HeadraceError | Progress)[]) {
    this.#script = script;
  }
  async open() {
    this.diary.push('open');
  }
  async step(): Promise<Progress> {
    const next = this.#script.shift() ?? 'idle';
    if (next instanceof HeadraceError) {
      this.diary.push(next.remedy);
      throw next;
    }
    this.diary.push(next);
    return next;
  }
  async close() {
    this.diary.push('close');
  }
  async release() {
    this.diary.push('release');
  }
  describe() {
    return {};
  }
}

/** What goes wrong, and what is done about it: not that a task was opened. */
const logTo = (lines: string[]): Logger => {
  const at = (level: string) => (fields: object, message: string) =>
    void (message === 'task opened' || lines.push(`${level} ${message} ${JSON.stringify(fields)}`));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** Back-offs pass in a hundredth of their time. */
const hasty = { ...systemClock, sleep: (ms: number) => systemClock.sleep(ms / 100) };

const error = (remedy: 'retry' | 'restart-task' | 'fix-input') =>
  new HeadraceError('TEST', `asks to ${remedy}`, { remedy });
const run = (script: (HeadraceError | Progress)[]) => {
  const stage = new Scripted(script);
  const task = new Task('test', stage, hasty, silentLogger);
  task.start();
  return { stage, task };
};

describe('a task', () => {
  test('waits and asks again, without opening again', async () => {
    const { stage, task } = run(['busy', error('retry'), error('retry'), 'busy']);
    await eventually('it goes on', () => stage.diary.filter((line) => line === 'busy').length === 2);
    await task.stop();
    expect(stage.diary.filter((line) => line !== 'idle')).toEqual(['open', 'busy', 'retry', 'retry', 'busy', 'close']);
  });

  test('opens again after it was fenced', async () => {
    const { stage, task } = run([error('restart-task'), 'busy']);
    await eventually('it goes on', () => stage.diary.includes('busy'));
    await task.stop();
    expect(stage.diary.filter((line) => line !== 'idle')).toEqual([
      'open',
      'restart-task',
      'release',
      'open',
      'busy',
      'close',
    ]);
  });

  test('that is condemned takes no other step, leaves no checkpoint, and says why', async () => {
    const { stage, task } = run(['busy']);
    await eventually('it runs', () => stage.diary.includes('busy'));
    task.condemn(error('fix-input'));
    await eventually('it is stuck', () => task.status().state === 'stuck');
    expect(task.status().because).toMatchObject({ code: 'TEST', remedy: 'fix-input' });
    await task.stop();
    expect(stage.diary.filter((line) => line !== 'idle')).toEqual(['open', 'busy', 'release']);
  });

  test('opens again after an outage of the log, however long it takes', async () => {
    const outage = () => new HeadraceError('LOG_UNAVAILABLE', 'no broker answers', { remedy: 'retry' });
    const { stage, task } = run([...Array.from({ length: 30 }, outage), 'busy']);
    await eventually('it goes on', () => stage.diary.includes('busy'));
    await task.stop();
    expect(stage.diary.filter((line) => line === 'open').length).toBe(31);
  });

  test.each(['LOG_UNAVAILABLE', 'STATE_NOT_WRITTEN', 'FILE_NOT_WRITTEN'])(
    'waits for the end of %s no longer than two seconds beyond it, is not stuck, and says it once',
    async (code) => {
      const outage = () => new HeadraceError(code, 'it is not there', { remedy: 'fix-environment' });
      const stage = new Scripted([...Array.from({ length: 30 }, outage), 'busy']);
      const waits: number[] = [];
      const lines: string[] = [];
      const clock = {
        ...systemClock,
        sleep: (ms: number) => {
          waits.push(ms);
          return systemClock.sleep(0);
        },
      };
      const task = new Task('test', stage, clock, logTo(lines));
      task.start();
      await eventually('it goes on', () => stage.diary.includes('busy'));
      await task.stop();
      expect(stage.diary.filter((line) => line === 'open').length).toBe(31);
      expect(waits.length).toBeGreaterThanOrEqual(30);
      expect(Math.max(...waits)).toBe(2_000);
      expect(lines).toEqual([expect.stringMatching(/^warn opening again: it is not there/)]);
    },
  );

  test('says in one line without a stack that another worker took it over, and nothing more', async () => {
    const lines: string[] = [];
    const fence = new HeadraceError('PRODUCER_FENCED', 'another producer has taken over', { remedy: 'restart-task' });
    const task = new Task('route/card.v1', new Scripted([fence, 'busy']), hasty, logTo(lines));
    task.start();
    await eventually('it was fenced', () => lines.length > 0);
    await task.stop();
    expect(lines).toEqual(['info task route/card.v1 was taken over by another worker {}']);

    lines.length = 0;
    const closing = new Scripted([]);
    closing.close = () => Promise.reject(fence);
    const moved = new Task('route/card.v1', closing, hasty, logTo(lines));
    moved.start();
    await eventually('it runs', () => closing.diary.includes('idle'));
    await moved.stop();
    expect(lines).toEqual(['info task route/card.v1 was taken over by another worker {}']);
    expect(closing.diary.at(-1)).toBe('release');
  });

  test('after a fence it asks whose it is, and opens again only when it is named, or when nobody can tell', async () => {
    const fence = new HeadraceError('PRODUCER_FENCED', 'another producer has taken over', { remedy: 'restart-task' });
    for (const [answers, asked] of [
      [[true], 1],
      [[false, null, false, false, true], 5],
      [[], 12],
    ] as const) {
      let asks = 0;
      const stage = new Scripted([fence, 'busy']);
      const isMine = async () => answers[asks++] ?? null;
      const task = new Task('test', stage, hasty, silentLogger, { isMine });
      task.start();
      await eventually('it goes on', () => stage.diary.includes('busy'));
      expect(asks).toBe(asked);
      await task.stop();
    }
    const stage = new Scripted([fence, 'busy']);
    let asks = 0;
    const task = new Task('test', stage, hasty, silentLogger, { isMine: async () => asks++ < 0 });
    task.start();
    await eventually('it asked for long', () => asks > 30);
    await task.stop();
    expect(stage.diary.filter((line) => line === 'open')).toHaveLength(1);
  });

  test('is silent about an outage that is said by the log, but tells one that is not', async () => {
    const outage = () => new HeadraceError('LOG_UNAVAILABLE', 'no broker answers', { remedy: 'retry' });
    for (const said of [true, false]) {
      const lines: string[] = [];
      const stage = new Scripted([outage(), 'busy']);
      const task = new Task('test', stage, hasty, logTo(lines), { outageIsSaid: () => said });
      task.start();
      await eventually('it goes on', () => stage.diary.includes('busy'));
      await task.stop();
      const level = said ? 'debug' : 'warn';
      expect(lines).toEqual([expect.stringMatching(`^${level} opening again: no broker answers`)]);
    }
  });

  test('is stuck, says why, and can be stopped', async () => {
    const { stage, task } = run([error('fix-input')]);
    await eventually('it is stuck', () => task.status().state === 'stuck');
    expect(task.status().because).toEqual({ code: 'TEST', message: 'asks to fix-input', remedy: 'fix-input' });
    await task.stop();
    expect(task.status().state).toBe('stopped');
    expect(stage.diary).toEqual(['open', 'fix-input', 'release']);
  });

  test('that must be opened again for ever is stuck', async () => {
    const { task } = run(Array.from({ length: 40 }, () => error('restart-task')));
    await eventually('it is stuck', () => task.status().state === 'stuck');
    await task.stop();
  });
});
