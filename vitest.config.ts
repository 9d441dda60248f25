import { spawnSync } from 'node:child_process';
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
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
};

/** Three projects: `quick` and `year` (whole years of data) need nothing but Node; `kafka` starts the real broker and registry. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.kafka.test.ts', 'test/**/*.year.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias: { headrace } },
        test: { name: 'year', include: ['test/**/*.year.test.ts'], testTimeout: 300_000 },
      },
      ...(hasKafka ? [kafka] : []),
    ],
  },
});
