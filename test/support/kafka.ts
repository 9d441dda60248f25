/**
 * The Kafka and registry of the `*.kafka.test.ts` files: one for the whole run, started by the first that asks.
 * `kafka-setup.ts` names its folder before the run and stops it afterwards.
 */

import { up } from '../../src/dev/up.js';
import { readSettings } from '../../src/runtime/settings.js';

/** Set by `kafka-setup.ts` for the test processes. */
export const FOLDER_VARIABLE = 'HEADRACE_TEST_FOLDER';

export interface TestKafka {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
}

/** That of KAFKA_BROKERS and SCHEMA_REGISTRY_URL where they are set, else a local one. Topics of tests need names of their own. */
export async function localKafka(): Promise<TestKafka> {
  const settings = readSettings(process.env);
  if (settings.brokers && settings.registryUrl) return { brokers: settings.brokers, registryUrl: settings.registryUrl };
  const folder = process.env[FOLDER_VARIABLE];
  if (!folder) throw new Error('run Kafka’s tests as `npx vitest run --project kafka`: its set-up names their folder');
  const { brokers, registryUrl } = await up({ folder, cacheFolder: settings.cacheFolder, settings });
  return { brokers, registryUrl };
}
