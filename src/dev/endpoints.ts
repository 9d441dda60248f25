/** Which Kafka and registry a command uses: those of the settings, else the project's own if they run. */
import { HeadraceError } from '../error.js';
import type { Settings } from '../runtime/settings.js';
import { findLocal } from './up.js';

export interface Endpoints {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly from: 'settings' | 'local';
}

/** @throws HeadraceError `KAFKA_NOT_FOUND` */
export async function endpoints(settings: Pick<Settings, 'brokers' | 'registryUrl' | 'folder'>): Promise<Endpoints> {
  const { brokers, registryUrl, folder } = settings;
  if (brokers && registryUrl) return { brokers, registryUrl, from: 'settings' };
  const local = await findLocal(folder);
  if (local) return { ...local, from: 'local' };
  throw new HeadraceError(
    'KAFKA_NOT_FOUND',
    `KAFKA_BROKERS and SCHEMA_REGISTRY_URL are not set, and no Kafka of ${folder} runs: start one with \`headrace up\`.`,
    { remedy: 'fix-environment', folder },
  );
}
