/**
 * What brokers, their settings, their rights and their topics are, for `headrace doctor`: asked once, changed never.
 * Method: kafkajs's admin for what the whole cluster knows, and a connection of its own to each broker, since a broker that the
 * others name may be out of reach from here. What cannot be asked is said, and hides nothing else.
 */
import kafkajs, { type AclEntry } from 'kafkajs';
import { within } from '../within.js';
import { connector, type KafkaLogOptions, kafkajsClient } from './client.js';

export interface BrokerFacts {
  readonly node: number;
  /** `host:port` as the cluster advertises it. */
  readonly address: string;
  /** Why it cannot be reached from here; null: it can. */
  readonly error: string | null;
}

export type AclFacts =
  | { readonly kind: 'notEnforced' }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'enforced'; readonly entries: readonly AclEntry[] };

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
  /** Of the partition that has the fewest. */
  readonly replicas: number;
  readonly inSync: number;
  readonly withoutLeader: number;
  /** Null where the settings may not be read. */
  readonly config: Readonly<Record<string, string>> | null;
}

export interface ClusterFacts {
  readonly brokers: readonly BrokerFacts[];
  /** By api key, of the first broker that answers; null where none does. */
  readonly apis: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  /** Settings of one broker; null where they may not be read. */
  readonly config: Readonly<Record<string, string>> | null;
  readonly acls: AclFacts;
  readonly topics: readonly TopicFacts[];
}

/** A broker that is asked for nothing but an answer. */
const REACH_MAX_MS = 6_000;
const RETRIES = 1;

type Admin = ReturnType<kafkajs.Kafka['admin']>;

/**
 * @param named topics to describe; those that do not exist are left out
 * Errors: those of kafkajs, where not even the list of brokers can be had
 */
export async function inspectCluster(options: KafkaLogOptions, named: readonly string[]): Promise<ClusterFacts> {
  const kafka = kafkajsClient(options);
  const admin = kafka.admin({ retry: { retries: RETRIES } });
  await admin.connect();
  try {
    const cluster = await admin.describeCluster();
    const reached = await Promise.all(cluster.brokers.map((broker) => reach(kafka, broker)));
    const existing = new Set(await admin.listTopics());
    return {
      brokers: reached.map(({ facts }) => facts),
      apis: reached.find(({ apis }) => apis !== null)?.apis ?? null,
      config: await brokerConfig(admin, cluster.brokers[0]?.nodeId),
      acls: await aclsOf(admin),
      topics: await topicsOf(
        admin,
        named.filter((topic) => existing.has(topic)),
      ),
    };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function reach(kafka: kafkajs.Kafka, { nodeId, host, port }: { nodeId: number; host: string; port: number }) {
  const facts = (error: string | null): BrokerFacts => ({ node: nodeId, address: `${host}:${port}`, error });
  try {
    const connected = await within(REACH_MAX_MS, connector(kafka)(host, port), () => {
      throw new Error(`no answer in ${REACH_MAX_MS} ms`);
    });
    try {
      const { versions } = connected.requests as unknown as { versions: ClusterFacts['apis'] };
      return { facts: facts(null), apis: versions };
    } finally {
      await connected.end();
    }
  } catch (cause) {
    return { facts: facts((cause as Error).message), apis: null };
  }
}

async function brokerConfig(admin: Admin, node: number | undefined): Promise<ClusterFacts['config']> {
  if (node === undefined) return null;
  return (await configs(admin, kafkajs.ConfigResourceTypes.BROKER, [String(node)])).get(String(node)) ?? null;
}

/** By name; absent where they may not be read. */
async function configs(admin: Admin, type: kafkajs.ConfigResourceTypes, names: readonly string[]) {
  const found = new Map<string, Record<string, string>>();
  if (names.length === 0) return found;
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type, name })),
    });
    for (const { resourceName, errorCode, configEntries } of resources) {
      if (errorCode !== 0) continue;
      const set = configEntries.filter(({ configValue }) => configValue !== null);
      found.set(resourceName, Object.fromEntries(set.map(({ configName, configValue }) => [configName, configValue])));
    }
  } catch {
    // Not allowed: told by whoever misses them.
  }
  return found;
}

async function aclsOf(admin: Admin): Promise<AclFacts> {
  const { AclResourceTypes, ResourcePatternTypes, AclOperationTypes, AclPermissionTypes } = kafkajs;
  try {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    const entries = resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
    return { kind: 'enforced', entries };
  } catch (cause) {
    const { type, message } = cause as { type?: string; message: string };
    return type === 'SECURITY_DISABLED' ? { kind: 'notEnforced' } : { kind: 'unknown', why: message };
  }
}

async function topicsOf(admin: Admin, names: readonly string[]): Promise<readonly TopicFacts[]> {
  if (names.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const settings = await configs(admin, kafkajs.ConfigResourceTypes.TOPIC, names);
  return topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
    withoutLeader: partitions.filter(({ leader }) => leader < 0).length,
    config: settings.get(name) ?? null,
  }));
}
