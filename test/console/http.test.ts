import { afterEach, describe, expect, test } from 'vitest';
import { healthOf, serveHttp, type WorkerHttp } from '../../src/console/http.js';
import type { TaskState } from '../../src/runtime/lifecycle.js';
import type { TaskStatus } from '../../src/runtime/task.js';

const task = (state: TaskState, because: TaskStatus['because'] = null, waits: string | null = null): TaskStatus => ({
  task: `admit/${state}/0`,
  state,
  because,
  numbers: { waits_for: waits },
});
const schema = { code: 'SCHEMA_UNKNOWN', message: 'departures/0 offset 1: schema 9 is unknown', remedy: 'retry' };

describe('health', () => {
  test.each([
    { tasks: [task('running'), task('running')], health: 'live' },
    { tasks: [task('running'), task('opening')], health: 'recovering' },
    { tasks: [task('running'), task('backingOff', schema)], health: 'recovering' },
    { tasks: [task('running'), task('waiting', schema)], health: 'waiting' },
    { tasks: [task('running', null, 'weather/0'), task('running')], health: 'waiting' },
    { tasks: [task('stuck', schema), task('waiting', schema), task('opening')], health: 'stuck' },
  ])('$health', ({ tasks, health }) => {
    expect(healthOf(tasks).health).toBe(health);
  });

  test('says what is waited for, by task', () => {
    expect(healthOf([task('waiting', schema)]).because).toEqual([
      { task: 'admit/waiting/0', code: 'SCHEMA_UNKNOWN', message: schema.message },
    ]);
    expect(healthOf([task('running', null, 'weather/0')]).because).toEqual([
      { task: 'admit/running/0', code: 'WAITS_FOR', message: 'waits for weather/0' },
    ]);
  });
});

describe('http', () => {
  let http: WorkerHttp | null = null;
  afterEach(() => http?.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${http!.port}${path}`);

  test('answers 503 only where a person is needed', async () => {
    let state: TaskState = 'waiting';
    http = await serveHttp(
      0,
      () => [task(state, schema)],
      async () => 'headrace_x_total 1\n',
    );
    expect((await get('/health')).status).toBe(200);
    state = 'stuck';
    expect((await get('/health')).status).toBe(503);
    expect(await (await get('/metrics')).text()).toBe('headrace_x_total 1\n');
    expect(((await (await get('/status')).json()) as { tasks: unknown[] }).tasks).toHaveLength(1);
    expect((await get('/nothing')).status).toBe(404);
  });

  test('names a port that is taken', async () => {
    http = await serveHttp(
      0,
      () => [],
      async () => '',
    );
    await expect(
      serveHttp(
        http.port,
        () => [],
        async () => '',
      ),
    ).rejects.toMatchObject({ code: 'HTTP_PORT_TAKEN' });
  });
});
