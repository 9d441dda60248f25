import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const headrace = fileURLToPath(new URL('./src/index.ts', import.meta.url));

/** Whether the tests on the real Kafka can run: brokers are named, or this machine has a Java that can start one. */
const { KAFKA_BROKERS, KAFKA_BOOTSTRAP_SERVERS, JAVA_HOME } = process.env;
const java = JAVA_HOME ? `${JAVA_HOME}/bin/java` : 'java';
const hasKafka = Boolean(KAFKA_BROKERS || KAFKA_BOOTSTRAP_SERVERS) || spawnSync(java, ['-version']).status === 0;
if (!hasKafka) {
  console.warn(
    'No Java here, and KAFKA_BROKERS is not set: the tests on the real Kafka (test/**/*.kafka.test.ts) are left out.',
  );
}

const kafka = {
  resolve: { alias: { headrace } },
  test: {
    name: 'kafka',
    include: ['test/**/*.kafka.test.ts'],
    globalSetup: ['test/support/kafka-setup.ts'],
    fileParallelism: false,
    sequence: { groupOrder: 3 },
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
};

/** Of two cores Vitest would use one. */
const QUICK_WORKERS = Math.max(2, availableParallelism() - 1);

/**
 * Four projects, one after the other: `quick`, `year` (whole years of data) and `simulation` (a thousand seeds) need nothing but
 * Node; `kafka` starts the real broker and registry.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.kafka.test.ts', 'test/**/*.year.test.ts', 'test/**/*.simulation.test.ts'],
          testTimeout: 30_000,
          maxWorkers: QUICK_WORKERS,
          // Files of a worker share its modules: to import them anew for each costs more than most tests take.
          isolate: false,
        },
      },
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'year',
          include: ['test/**/*.year.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
        },
      },
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'simulation',
          include: ['test/**/*.simulation.test.ts'],
          sequence: { groupOrder: 2 },
          maxWorkers: QUICK_WORKERS,
          testTimeout: 300_000,
        },
      },
      ...(hasKafka ? [kafka] : []),
    ],
  },
});
