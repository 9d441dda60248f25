/** Topics: made, deleted, listed, described. */
import { topicUnknown } from '../errors.js';
import type { TopicInfo, TopicSpec } from '../log.js';
import type { Brokers } from './brokers.js';
import { CODE } from './codes.js';
import { failureOf, retrying, Transient } from './retry.js';
import type { KafkaBroker } from './wire.js';

const CHANGE_MAX_MS = 15_000;
const TOPIC_RESOURCE = 2;
/** Let the brokers decide; those before 2.4 do not, and get what the number of brokers allows. */
const DEFAULT_REPLICATION = -1;
const REPLICATION_MAX = 3;

/** Creates those that do not exist, and waits until each partition has a leader. */
export async function createTopics(brokers: Brokers, specs: readonly TopicSpec[]): Promise<void> {
  if (specs.length === 0) return;
  let open = specs;
  let replication = DEFAULT_REPLICATION;
  await retrying('creating topics', async () => {
    const topics = open.map(({ topic, partitions, config }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    }));
    const answer = await askController(brokers, (broker) => broker.createTopics({ topics, timeout: CHANGE_MAX_MS }));
    const failed: Error[] = [];
    open = open.filter(({ topic }) => {
      const { errorCode = CODE.none, errorMessage } = answer.topicErrors.find((error) => error.topic === topic) ?? {};
      if (errorCode === CODE.none || errorCode === CODE.alreadyExists) return false;
      const old = errorCode === CODE.invalidReplication || errorCode === CODE.invalidRequest;
      const why = errorMessage ? ` (${errorMessage})` : '';
      if (old && replication === DEFAULT_REPLICATION)
        failed.push(new Transient('replication is not for the brokers to decide'));
      else failed.push(failureOf(`topic ${topic}${why}`, errorCode, { topic }));
      return true;
    });
    const lasting = failed.find((error) => !(error instanceof Transient));
    if (lasting) throw lasting;
    if (failed.length === 0) return;
    if (replication === DEFAULT_REPLICATION) {
      replication = Math.min(REPLICATION_MAX, (await brokers.metadata([open[0]!.topic])).brokers.length);
    }
    throw failed[0];
  });
  // One that exists may have another number of partitions.
  await leadersOf(
    brokers,
    specs.map(({ topic }) => ({ topic })),
  );
}

/** Waits until each partition has a leader. */
async function leadersOf(
  brokers: Brokers,
  topics: readonly { readonly topic: string; readonly partitions?: number }[],
): Promise<void> {
  for (const { topic, partitions = 1 } of topics) {
    await retrying(`waiting for the leaders of topic ${topic}`, async () => {
      brokers.forgetTopic(topic);
      const leaders = await brokers.lookUp(topic);
      if (leaders === null || leaders.length < partitions || leaders.some((leader) => leader < 0)) {
        throw new Transient('some have none yet');
      }
    });
  }
}

/** Gives topics more partitions. Errors: `TOPIC_UNKNOWN`, `LOG_REFUSED` */
export async function growTopics(
  brokers: Brokers,
  topics: readonly { readonly topic: string; readonly partitions: number }[],
): Promise<void> {
  const open: { topic: string; count: number }[] = [];
  for (const { topic, partitions: count } of topics) {
    brokers.forgetTopic(topic);
    if ((await brokers.leaders(topic)).length < count) open.push({ topic, count });
  }
  if (open.length === 0) return;
  await retrying('giving topics more partitions', async () => {
    const answer = await askController(brokers, (broker) =>
      broker.createPartitions({ topicPartitions: open, timeout: CHANGE_MAX_MS }),
    );
    for (const { topic, errorCode, errorMessage } of answer.topicErrors) {
      // Refused as it is, where another client was faster: the leaders below tell.
      if (errorCode === CODE.none || errorCode === CODE.invalidPartitions) continue;
      throw failureOf(`more partitions of ${topic}${errorMessage ? ` (${errorMessage})` : ''}`, errorCode, { topic });
    }
  });
  await leadersOf(brokers, topics);
}

/** Deletes those that exist, and waits until they do not. */
export async function deleteTopics(brokers: Brokers, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return;
  await retrying('deleting topics', async () => {
    const answer = await askController(brokers, (broker) => broker.deleteTopics({ topics, timeout: CHANGE_MAX_MS }));
    for (const { topic, errorCode } of answer.topicErrors) {
      if (errorCode !== CODE.none && errorCode !== CODE.unknownTopic)
        throw failureOf(`deleting topic ${topic}`, errorCode, { topic });
    }
  });
  for (const topic of topics) {
    brokers.forgetTopic(topic);
    await retrying(`waiting for topic ${topic} to be gone`, async () => {
      if ((await brokers.lookUp(topic)) !== null) throw new Transient('it is still there');
    });
  }
}

export async function listTopics(brokers: Brokers): Promise<readonly string[]> {
  const { topicMetadata } = await retrying('listing topics', () => brokers.metadata([]));
  return topicMetadata.filter(({ isInternal }) => !isInternal).map(({ topic }) => topic);
}

export async function describeTopic(brokers: Brokers, topic: string): Promise<TopicInfo | null> {
  return retrying(`describing topic ${topic}`, async () => {
    const leaders = await brokers.lookUp(topic);
    if (leaders === null) return null;
    const answer = await brokers.askAny((broker) =>
      broker.describeConfigs({ resources: [{ type: TOPIC_RESOURCE, name: topic }] }),
    );
    const config: Record<string, string> = {};
    for (const { errorCode, configEntries } of answer.resources) {
      if (errorCode === CODE.unknownTopic) throw new Transient(topicUnknown(topic).message);
      if (errorCode !== CODE.none) throw failureOf(`describing topic ${topic}`, errorCode, { topic });
      for (const { configName, configValue } of configEntries)
        if (configValue !== null) config[configName] = configValue;
    }
    return { topic, partitions: leaders.length, config };
  });
}

async function askController<T>(brokers: Brokers, request: (broker: KafkaBroker) => Promise<T>): Promise<T> {
  const { controllerId, brokers: nodes } = await brokers.metadata(['__consumer_offsets']);
  if (!nodes.some(({ nodeId }) => nodeId === controllerId)) throw new Transient('there is no controller');
  return brokers.ask(controllerId, request);
}
