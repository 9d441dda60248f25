/**
 * Whether a topology's topics are still those that it was run on.
 * Goal: a topic that was deleted, or made anew under its name, is named before anything reads on in another log, or starts from nothing,
 * as if that were right. Method: brokers give each topic an id for life; `definitions` keeps the ids; a start compares them before it
 * creates what is missing, a running worker now and then. Topics that nothing goes on from are made anew, and that is told.
 */
import type { Codec } from '../codec/avro.js';
import { admittedTopic, definitionsTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log, TopicIdentity } from '../log/log.js';
import type { TopologyDefinition } from '../topology/definition.js';
import { recordedTopicIds } from './definitions.js';
import type { Logger } from './ports.js';
import { topicsOf } from './topics.js';

/** Read by others only, or by their names alone. */
const SPARE = /\.(deadletters|predictions|retrain)\.|\.tasks\.[a-z]+$/;

/** Before a start creates what is missing. Errors: `TOPIC_DELETED`, `TOPIC_RECREATED`, naming every topic and what to do. */
export async function refuseLostTopics(
  definition: TopologyDefinition,
  io: { readonly log: Log; readonly codec: Codec; readonly logger: Logger },
): Promise<void> {
  const recorded = await recordedTopicIds(definition, io);
  if (recorded === null) {
    if (await refuseWithoutDefinitions(definition, io.log)) await refuseLostTopics(definition, io);
    return;
  }
  const now = await confirmed(
    Object.keys(recorded).filter((topic) => isOf(definition, topic)),
    io.log,
  );
  const lost = Object.entries(recorded).flatMap(([topic, id]) => {
    if (!isOf(definition, topic)) return [];
    const is = now.get(topic);
    return lostTopic(definition, topic, id, is === undefined ? undefined : is.id) ?? [];
  });
  const serious = lost.filter(({ details }) => details.spare !== true);
  for (const error of lost.filter(({ details }) => details.spare === true)) {
    io.logger.warn({ code: error.code, topic: error.details.topic }, error.message);
  }
  const [first] = serious;
  if (first === undefined) return;
  throw new HeadraceError(first.code, serious.map(({ message }) => message).join('\n'), {
    remedy: 'fix-environment',
    topics: serious.map(({ details }) => details.topic),
  });
}

/** A broker that has just started may not know of every topic yet: what is not there is asked for again. */
const CONFIRM_MS = 2_000;
const CONFIRM_EVERY_MS = 250;

async function confirmed(topics: readonly string[], log: Log): Promise<ReadonlyMap<string, TopicIdentity>> {
  for (const until = Date.now() + CONFIRM_MS; ; ) {
    const now = await log.identify(topics);
    if (now.size === topics.length || Date.now() >= until) return now;
    await new Promise((later) => setTimeout(later, CONFIRM_EVERY_MS));
  }
}

const isOf = (definition: TopologyDefinition, topic: string) => topicsOf(definition).includes(topic);

/** @param id now: undefined where the topic does not exist, null where the brokers tell none */
export function lostTopic(
  definition: TopologyDefinition,
  topic: string,
  before: string,
  id: string | null | undefined,
): HeadraceError | null {
  if (id === null || id === before) return null;
  const spare = SPARE.test(topic);
  const what =
    id === undefined
      ? `topic ${topic} does not exist any more: it was deleted`
      : `topic ${topic} was deleted and made anew since ${definition.name} used it: its offsets name other records now`;
  return new HeadraceError(
    id === undefined ? 'TOPIC_DELETED' : 'TOPIC_RECREATED',
    `${what}. ${remedyOf(definition, topic)}`,
    { remedy: 'fix-environment', topic, spare },
  );
}

function remedyOf(definition: TopologyDefinition, topic: string): string {
  const { name, events } = definition;
  const reset = `\`headrace reset\` of ${name}, and start it again: it begins with what its raw topics hold`;
  if (events.some((event) => event.topic === topic)) {
    return `Let the topology read a topic of another name, or ${reset}`;
  }
  if (SPARE.test(topic)) return 'Nothing goes on from it: a start makes it anew, without what it held';
  const kind = topic.slice(name.length + 1).split('.')[0];
  if (kind === 'inbox' || kind === 'changelog' || kind === 'features') {
    return 'Give the group, and the views that read it, a new version: it computes everything again from what is admitted';
  }
  if (kind === 'vectors') return 'Give the view a new version';
  if (kind === 'served') return 'Give the view another name: without it nobody knows what was served';
  return `Bring it back from a copy with its offsets, or ${reset}`;
}

/**
 * The ids are lost with it: what else there is tells that the topology has run. Error: `TOPIC_DELETED`
 * @returns whether it is there after all
 */
async function refuseWithoutDefinitions(definition: TopologyDefinition, log: Log): Promise<boolean> {
  const { name, events } = definition;
  const admitted = await log.identify(events.map(({ topic }) => admittedTopic(name, topic)));
  const all = [...admitted].flatMap(([topic, { partitions }]) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  );
  const used = (await log.offsets(all)).find(({ lastStable }) => lastStable > 0);
  if (used === undefined) return false;
  const topic = definitionsTopic(name);
  if ((await confirmed([topic], log)).size > 0) return true;
  throw new HeadraceError(
    'TOPIC_DELETED',
    `topic ${topic} does not exist any more, and ${used.topic} shows that ${name} has run. ${remedyOf(definition, topic)}`,
    { remedy: 'fix-environment', topic },
  );
}
