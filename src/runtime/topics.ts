/**
 * Brings a topology's own topics into being, and checks the raw ones, which belong to the user. Where a raw topic has been given more
 * partitions, its own topics are given as many: they go by its partitions' numbers, so that nothing moves.
 */
import { type OwnTopic, ownTopics, type RawPartitions } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log } from '../log/log.js';
import type { TopologyDefinition } from '../topology/definition.js';

/** Raw topics and own ones. */
export const topicsOf = (definition: TopologyDefinition): readonly string[] => [
  ...definition.events.map(({ topic }) => topic),
  ...ownTopics(definition, {}).map(({ topic }) => topic),
];

/** Of those that exist and have one. */
export async function idsOf(topics: readonly string[], log: Log): Promise<Readonly<Record<string, string>>> {
  const ids: Record<string, string> = {};
  for (const [topic, { id }] of await log.identify(topics)) if (id !== null) ids[topic] = id;
  return ids;
}

/** Errors: `RAW_TOPIC_MISSING`, `KNOWN_AT_UNVERIFIED`, `PARTITIONS_DIFFER`, each naming the topic. */
export async function ensureTopics(log: Log, definition: TopologyDefinition): Promise<RawPartitions> {
  const missing: string[] = [];
  const raw: Record<string, number> = {};
  const keeps: Record<string, string | undefined> = {};
  for (const event of definition.events) {
    const info = await log.describeTopic(event.topic);
    if (info === null) {
      missing.push(event.topic);
      continue;
    }
    if (event.knownAt.by === 'broker' && info.config['message.timestamp.type'] !== 'LogAppendTime') {
      throw new HeadraceError(
        'KNOWN_AT_UNVERIFIED',
        `raw topic ${event.topic} declares knownAt broker, but its message.timestamp.type is not LogAppendTime: set it, or name a field`,
        { remedy: 'fix-environment', topic: event.topic },
      );
    }
    raw[event.topic] = info.partitions;
    keeps[event.topic] = info.config['retention.ms'];
  }
  if (missing.length > 0) {
    throw new HeadraceError(
      'RAW_TOPIC_MISSING',
      `no topic ${missing.join(', ')}: raw topics are yours, and \`run\` creates none; create it, or let \`headrace load … --create\` do it`,
      { remedy: 'fix-environment', topics: missing },
    );
  }
  const wanted = ownTopics(definition, raw, keeps);
  // Who may not create topics can have them made from `headrace plan`: then nothing is asked of the brokers.
  const existing = new Set(await log.listTopics());
  await log.createTopics(wanted.filter(({ topic }) => !existing.has(topic)));
  await grow(log, wanted);
  for (const { topic, partitions, config } of wanted) {
    if (topic.startsWith(`${definition.name}.tasks.`)) continue;
    const info = await log.describeTopic(topic);
    const [is, must] = [info?.config['cleanup.policy'], config['cleanup.policy']];
    if (is !== undefined && is !== must) {
      throw new HeadraceError(
        'TOPIC_SETTINGS_UNSAFE',
        `topic ${topic} has cleanup.policy=${is} where ${must} is needed, or it would lose what is still needed: set it`,
        { remedy: 'fix-environment', topic },
      );
    }
    if (info !== null && info.partitions !== partitions) {
      throw new HeadraceError(
        'PARTITIONS_DIFFER',
        `topic ${topic} has ${info.partitions} partitions where ${partitions} are needed: a new version of what it belongs to has topics of its own`,
        { remedy: 'fix-environment', topic },
      );
    }
  }
  return raw;
}

/** Error: `PARTITIONS_DIFFER`, naming every topic and its number, where it may not be done. */
async function grow(log: Log, wanted: readonly OwnTopic[]): Promise<void> {
  const byRaw = wanted.filter(({ raw }) => raw !== null);
  const is = await log.identify(byRaw.map(({ topic }) => topic));
  const short = byRaw.filter(({ topic, partitions }) => (is.get(topic)?.partitions ?? partitions) < partitions);
  if (short.length === 0) return;
  try {
    await log.growTopics(short);
  } catch (cause) {
    if (!(cause instanceof HeadraceError) || cause.code !== 'LOG_REFUSED') throw cause;
    const commands = short.map(
      ({ topic, partitions }) => `kafka-topics --alter --topic ${topic} --partitions ${partitions}`,
    );
    throw new HeadraceError(
      'PARTITIONS_DIFFER',
      `raw topics have more partitions than Headrace’s topics of them, which it may not change (${cause.message}): ${commands.join('; ')}`,
      { remedy: 'fix-environment', topics: short.map(({ topic }) => topic), cause },
    );
  }
}
