import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const headrace = fileURLToPath(new URL('./src/index.ts', import.meta.url));

/** Two projects: `quick` needs nothing but Node; `kafka` starts the real broker and registry. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.kafka.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias: { headrace } },
        test: {
          name: 'kafka',
          include: ['test/**/*.kafka.test.ts'],
          globalSetup: ['test/support/kafka-setup.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
