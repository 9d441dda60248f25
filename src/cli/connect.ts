/** Where a command finds Kafka and the registry: the settings, else what `headrace up` started in this project. */
import { Codec } from '../codec/avro.js';
import { confluentRegistry, type RegistryLogin, type SchemaRegistry } from '../codec/registry.js';
import { findLocal } from '../dev/up.js';
import { HeadraceError } from '../error.js';
import { type KafkaLogOptions, kafkaLog } from '../log/kafka-log.js';
import type { Log } from '../log/log.js';
import { type Logger, silentLogger } from '../runtime/ports.js';
import type { Settings } from '../runtime/settings.js';

export interface Connection {
  readonly log: Log;
  readonly codec: Codec;
  readonly registry: SchemaRegistry;
  readonly brokers: readonly string[];
  close(): Promise<void>;
}

/** Errors: `KAFKA_NOT_FOUND` where nothing is set and nothing runs, `LOG_UNAVAILABLE`. */
export async function connect(settings: Settings, logger: Logger = silentLogger): Promise<Connection> {
  const { brokers, registryUrl } = await addresses(settings);
  const log = await kafkaLog(kafkaOptions(settings, brokers, logger));
  const registry = confluentRegistry(registryUrl, registryLogin(settings));
  return { log, codec: new Codec(registry), registry, brokers, close: () => log.close() };
}

export function kafkaOptions(settings: Settings, brokers: readonly string[], logger: Logger): KafkaLogOptions {
  const { saslMechanism: mechanism, saslUsername, saslPassword, ssl, sslCaFile, sessionTimeoutMs } = settings;
  const sasl = mechanism === null ? null : { mechanism, username: saslUsername ?? '', password: saslPassword ?? '' };
  return { brokers: [...brokers], clientId: 'headrace', logger, ssl, sslCaFile, sasl, sessionTimeoutMs };
}

export const registryLogin = ({ registryUsername, registryPassword }: Settings): RegistryLogin | undefined =>
  registryUsername === null ? undefined : { username: registryUsername, password: registryPassword ?? '' };

/** Error: `KAFKA_NOT_FOUND` */
export async function addresses(settings: Settings): Promise<{ brokers: readonly string[]; registryUrl: string }> {
  const { brokers, registryUrl, folder } = settings;
  if (brokers !== null && registryUrl !== null) return { brokers, registryUrl };
  const local = await findLocal(folder);
  if (local !== null) return local;
  throw new HeadraceError(
    'KAFKA_NOT_FOUND',
    'no Kafka: KAFKA_BROKERS is not set, and none runs for this project; run `headrace up`, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL',
    { remedy: 'fix-environment' },
  );
}
