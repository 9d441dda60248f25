/**
 * What every Log does, as one suite: `logSuite(name, open)`. Logs differ only in how they are opened and in what `LogUnderTest`
 * adds for tests: a transaction that stays open, retention, another client.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Appended, Log, Outgoing } from '../../src/log/log.js';
import { groupTests } from './suite/groups.js';
import { readTests } from './suite/reads.js';
import { subscriptionTests } from './suite/subscriptions.js';
import { topicTests } from './suite/topics.js';
import { transactionTests } from './suite/transactions.js';

export interface OpenTransaction {
  send(records: readonly Outgoing[]): Promise<readonly Appended[]>;
  end(commit: boolean): Promise<void>;
}

export interface LogUnderTest {
  readonly log: Log;
  /** A client of the same log that shares nothing else, as another process. */
  newClient(): Promise<Log>;
  /** Begins a transaction that stays open, by a producer of its own. */
  openTransaction(transactionalId: string): Promise<OpenTransaction>;
  /** As retention does. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>;
  close(): Promise<void>;
}

/** What a test gets; `topic` makes a new one. */
export interface Suite {
  get log(): Log;
  get under(): LogUnderTest;
  topic(partitions?: number, config?: Readonly<Record<string, string>>): Promise<string>;
  /** A name that no other test uses. */
  name(what: string): string;
}

export function logSuite(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`Log: ${name}`, () => {
    const run = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
    let under: LogUnderTest;
    let names = 0;
    const suite: Suite = {
      get log() {
        return under.log;
      },
      get under() {
        return under;
      },
      async topic(partitions = 1, config = {}) {
        const topic = suite.name('topic');
        await under.log.createTopics([{ topic, partitions, config }]);
        return topic;
      },
      name: (what) => `suite-${run}-${what}-${names++}`,
    };
    beforeAll(async () => {
      under = await open();
    });
    afterAll(async () => {
      await under?.close();
    });
    describe('topics', () => topicTests(suite));
    describe('reads', () => readTests(suite));
    describe('transactions', () => transactionTests(suite));
    describe('subscriptions', () => subscriptionTests(suite));
    describe('consumer groups', () => groupTests(suite));
  });
}
