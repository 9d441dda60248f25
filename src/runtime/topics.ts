/** Brings a topology's own topics into being, and checks the raw ones, which belong to the user. */
import { ownTopics, type RawPartitions } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log } from '../log/log.js';
import type { TopologyDefinition } from '../topology/definition.js';

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
