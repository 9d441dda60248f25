import { expect, test } from 'vitest';
import { LateWatch } from '../../src/console/late-watch.js';
import { silentLogger } from '../../src/runtime/ports.js';
import type { TaskStatus } from '../../src/runtime/task.js';
import type { FeatureDefinition, GroupDefinition } from '../../src/topology/definition.js';

const DAY_MS = 86_400_000;

function world(windowMs: number | null = DAY_MS) {
  const lines: string[] = [];
  const counts: Record<string, [number, number]> = {};
  let now = 0;
  const status = (): TaskStatus[] => [
    { task: 'admit/payments/0', state: 'running', because: null, numbers: { lag_records: 3 } },
    ...Object.entries(counts).map(
      ([task, [scored, beyond]]): TaskStatus => ({
        task,
        state: 'running',
        because: null,
        numbers: { late_scored: scored, late_beyond_horizon: beyond },
      }),
    ),
  ];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void lines.push(message) };
  const features = [{ aggregate: 'count', windowMs } as FeatureDefinition];
  const group: Partial<GroupDefinition> = { name: 'card', version: 1, latenessMs: DAY_MS, features };
  const watch = new LateWatch({
    definition: { groups: [group as GroupDefinition] },
    status,
    logger,
    clock: { now: () => now },
  });
  const look = (ms: number, task: string, scored: number, beyond = 0) => {
    now = ms;
    counts[task] = [scored, beyond];
    watch.look();
  };
  const leave = (task: string) => delete counts[task];
  return { watch, lines, look, leave };
}
const TASK = 'compute/card.v1/0';

test('nothing late, nothing said', () => {
  const { watch, lines, look } = world();
  look(0, TASK, 0);
  watch.look(true);
  expect(lines).toEqual([]);
});

test('once some seconds after the first, then with what came in between, at the latest at the end', () => {
  const { watch, lines, look } = world();
  look(1_000, TASK, 10);
  look(1_500, TASK, 1_000);
  expect(lines).toEqual([]);
  look(6_000, TASK, 3_000);
  look(10_000, TASK, 3_500, 7);
  look(200_000, TASK, 9_000, 7);
  expect(lines).toEqual([
    '3000 scored events came later than the lateness of 1d: their features are missing. For recorded events let knownAt name a field of the event; for a stream that comes late give group card a larger lateness',
  ]);
  look(700_000, TASK, 9_000, 7);
  expect(lines[1]).toContain('6000 scored events came later');
  expect(lines[1]).toContain('7 events came later than every window: no feature counts them');
  look(705_000, TASK, 9_001, 7);
  expect(lines).toHaveLength(2);
  watch.look(true);
  expect(lines[2]).toMatch(/^1 scored/);
});

test('over all time they count', () => {
  const { watch, lines, look } = world(null);
  look(0, TASK, 0, 2);
  watch.look(true);
  expect(lines[0]).toContain('2 events came later than every window: only features over all time count them');
});

test('each task by itself; one that was opened again counts from 0; one that moves away is said at once', () => {
  const { watch, lines, look, leave } = world();
  look(0, TASK, 5);
  look(0, 'compute/card.v1/1', 6);
  look(500, TASK, 2);
  leave('compute/card.v1/1');
  watch.look();
  expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual([6]);
  look(6_000, TASK, 2);
  expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual([6, 7]);
  look(7_000, 'compute/card.v1/1', 8);
  watch.look(true);
  expect(lines.slice(2).map((line) => Number(line.split(' ')[0]))).toEqual([8]);
});
