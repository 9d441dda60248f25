import { expect, test } from 'vitest';
import { taskMetrics } from '../../src/console/task-metrics.js';
import { createMetrics } from '../../src/runtime/metrics.js';
import type { TaskStatus } from '../../src/runtime/task.js';

const of = (task: string, numbers: TaskStatus['numbers']): TaskStatus => ({
  task,
  state: 'running',
  because: null,
  numbers,
});

test('what limits a task is said, and no longer than it does', async () => {
  let limited: string | null = 'lead';
  const tasks = () => [
    of('route/origin.v1', { lag_rows: 7, lead_rows: 4, limited_by: limited }),
    of('train/delays.v1', {}),
  ];
  const { text } = taskMetrics(createMetrics(), tasks);
  const first = await text();
  expect(first).toContain('headrace_task_limit_state{task="route/origin.v1",by="lead"} 1');
  expect(first).toContain('headrace_task_limit_state{task="route/origin.v1",by="order"} 0');
  expect(first).toContain('headrace_lag_rows{task="route/origin.v1"} 7');
  expect(first).not.toContain('limit_state{task="train');
  limited = null;
  expect(await text()).toContain('headrace_task_limit_state{task="route/origin.v1",by="lead"} 0');
});

test('what a task counts again from 0, after it was opened again, is added', async () => {
  let admitted = 5;
  const { text } = taskMetrics(createMetrics(), () => [of('admit/calls/0', { admitted_rows: admitted })]);
  expect(await text()).toContain('headrace_admitted_total{task="admit/calls/0"} 5');
  admitted = 2;
  expect(await text()).toContain('headrace_admitted_total{task="admit/calls/0"} 7');
});
