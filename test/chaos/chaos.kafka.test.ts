import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chaos } from './run.js';

/** The short form of `npm run chaos`: on a Kafka of its own, since that is killed too. */
test('workers, broker and state break under load: nothing is lost, doubled, out of order or different', async () => {
  const faults = ['killed', 'broker killed', 'state corrupted', 'zombie'];
  const report = await chaos({
    folder: join(resolve('.headrace'), 'chaos', `test-${process.pid}`),
    minutes: 0.75,
    workers: 2,
    rate: 500,
    seed: 1,
    faults,
    sessionTimeoutMs: 6_000,
    restMs: 2_000,
    say: () => {},
  });
  expect(report).toMatchObject({ lost: 0, doubled: 0, differing: 0, disordered: 0, examples: [] });
  expect(report.events).toBeGreaterThan(5_000);
  expect(Object.keys(report.faults).sort()).toEqual([...faults].sort());
}, 900_000);
