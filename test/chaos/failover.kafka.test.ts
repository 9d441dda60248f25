import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { failover } from './failover.js';

const SESSION_SECONDS = 6;
/** What is promised beyond the session. */
const BEYOND_SECONDS = 3;

/** The short form of `npm run failover`, on a Kafka of its own. */
test('a worker is killed: predictions go on within its session and three seconds, by a copy of its state; and without one', async () => {
  const report = await failover({
    folder: join(resolve('.headrace'), 'failover', `test-${process.pid}`),
    workers: 3,
    cards: 10_000,
    payments: 20_000,
    textBytes: 40,
    rate: 200,
    kills: 1,
    restMs: 8_000,
    sessionTimeoutMs: SESSION_SECONDS * 1000,
    say: () => {},
  });
  expect(report.with_copies_seconds).toHaveLength(1);
  for (const seconds of report.with_copies_seconds) {
    // It is the session that ends: the dead worker was seen by nobody before.
    expect(seconds).toBeGreaterThan(SESSION_SECONDS / 2);
    expect(seconds).toBeLessThan(SESSION_SECONDS + BEYOND_SECONDS);
  }
  expect(report.changelog_records).toBeGreaterThan(10_000);
  // So small a state is read in a moment.
  expect(report.without_copies_seconds).toBeLessThan(SESSION_SECONDS + 2 * BEYOND_SECONDS);
}, 300_000);
