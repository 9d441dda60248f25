import { expect, test } from 'vitest';
import { healthOf } from '../../src/console/http.js';
import { waitsForKafka } from '../../src/console/waits-for-kafka.js';
import type { TaskStatus } from '../../src/runtime/task.js';

const tasks: readonly TaskStatus[] = [
  { task: 'admit/payments/0', state: 'running', because: null, numbers: { lag_records: 3 } },
  {
    task: 'route/card.v1',
    state: 'stuck',
    because: { code: 'X', message: 'broken', remedy: 'report' },
    numbers: { waits_for: 'payments/0' },
  },
];

test('while a broker is away, what runs waits for it, and says for how long', () => {
  const [admit, route] = waitsForKafka(tasks, { broker: 'a:1', sinceMs: 1_000, untilMs: null }, 13_400);
  expect(admit!.numbers).toEqual({ lag_records: 3, waits_for: 'Kafka: a:1 has not answered for 12 s' });
  expect(route).toBe(tasks[1]);
  expect(healthOf([admit!])).toMatchObject({ health: 'waiting' });
});

test('otherwise tasks are as they are', () => {
  expect(waitsForKafka(tasks, null, 0)).toBe(tasks);
  expect(waitsForKafka(tasks, { broker: 'a:1', sinceMs: 1_000, untilMs: 2_000 }, 3_000)).toBe(tasks);
});
