/**
 * The topics of a topology as they should be, beside what the brokers have. Pure.
 * Goal: an operator who may not create topics can ask for them; who may can see what differs.
 */
import { ownTopics, type RawPartitions } from '../../contract/topics.js';
import type { TopicInfo } from '../../log/log.js';
import type { EventDefinition, TopologyDefinition } from '../../topology/definition.js';

/** What the brokers have, by topic; a topic that is absent does not exist. */
export type BrokerTopics = ReadonlyMap<string, TopicInfo>;

export interface PlannedTopic {
  readonly topic: string;
  /** Raw topics are the user's: Headrace never creates or changes them. */
  readonly owner: 'user' | 'headrace';
  readonly why: string;
  /** Partitions that it should have; null where that is the user's choice, or depends on raw topics that are not known. */
  readonly partitions: number | null;
  /** Raw topics that decide how many partitions it has. */
  readonly partitionsFrom: readonly string[];
  /** Settings that it should have. */
  readonly config: Readonly<Record<string, string>>;
  /** Null where the brokers were not asked. */
  readonly exists: boolean | null;
  readonly actual: { readonly partitions: number; readonly config: Readonly<Record<string, string>> } | null;
  /** What stands in the way of a start, or should be corrected, one line each. */
  readonly differences: readonly string[];
}

/** @param brokers null where they could not be asked */
export function plannedTopics(definition: TopologyDefinition, brokers: BrokerTopics | null): PlannedTopic[] {
  const raw = rawPartitions(definition, brokers);
  const retention: Record<string, string | undefined> = {};
  for (const { topic } of definition.events) retention[topic] = brokers?.get(topic)?.config['retention.ms'];
  const from = dependencies(definition);
  return [
    ...definition.events.map((event) => rawTopic(definition, event, brokers)),
    ...ownTopics(definition, raw, retention).map(({ topic, partitions, config, why }): PlannedTopic => {
      const partitionsFrom = from.get(topic) ?? [];
      const known = partitionsFrom.every((name) => raw[name] !== undefined);
      const wanted = known ? partitions : null;
      const actual = brokers?.get(topic) ?? null;
      // A topic of tasks may have fewer partitions than there are tasks: they share them.
      const differences =
        actual === null ? [] : differencesOf({ partitions: why === ASSIGNMENT ? null : wanted, config }, actual);
      return {
        topic,
        owner: 'headrace',
        why,
        partitions: wanted,
        partitionsFrom,
        config,
        ...state(brokers, actual),
        differences,
      };
    }),
  ];
}

/** As `ownTopics` calls it. */
const ASSIGNMENT = 'assignment of tasks';

/** Of the raw topics that exist. */
export function rawPartitions(definition: TopologyDefinition, brokers: BrokerTopics | null): RawPartitions {
  const known: Record<string, number> = {};
  for (const { topic } of definition.events) {
    const info = brokers?.get(topic);
    if (info !== undefined) known[topic] = info.partitions;
  }
  return known;
}

/** By own topic: the raw topics on whose partitions its own depend, found by varying each. */
function dependencies(definition: TopologyDefinition): Map<string, string[]> {
  const from = new Map<string, string[]>();
  const none = new Map(ownTopics(definition, {}).map(({ topic, partitions }) => [topic, partitions]));
  for (const event of definition.events) {
    // Two, since a topic of tasks has at least one partition anyway.
    for (const { topic, partitions } of ownTopics(definition, { [event.topic]: 2 })) {
      if (partitions !== none.get(topic)) from.set(topic, [...(from.get(topic) ?? []), event.topic]);
    }
  }
  return from;
}

function rawTopic(definition: TopologyDefinition, event: EventDefinition, brokers: BrokerTopics | null): PlannedTopic {
  const { topic, knownAt } = event;
  const config: Record<string, string> = knownAt.by === 'broker' ? { 'message.timestamp.type': 'LogAppendTime' } : {};
  const actual = brokers?.get(topic) ?? null;
  const isScored = definition.views.some((view) => view.score === topic);
  const differences =
    actual !== null
      ? differencesOf({ partitions: null, config }, actual)
      : brokers !== null
        ? ['it does not exist: create it, or `headrace load … --create`']
        : [];
  const why = isScored ? 'your events, scored' : 'your events';
  return {
    topic,
    owner: 'user',
    why,
    partitions: null,
    partitionsFrom: [],
    config,
    ...state(brokers, actual),
    differences,
  };
}

const state = (brokers: BrokerTopics | null, actual: TopicInfo | null): Pick<PlannedTopic, 'exists' | 'actual'> => ({
  exists: brokers === null ? null : actual !== null,
  actual: actual && { partitions: actual.partitions, config: actual.config },
});

function differencesOf(
  wanted: { readonly partitions: number | null; readonly config: Readonly<Record<string, string>> },
  actual: TopicInfo,
): string[] {
  const lines: string[] = [];
  if (wanted.partitions !== null && wanted.partitions !== actual.partitions) {
    lines.push(`it has ${actual.partitions} partitions, and needs ${wanted.partitions}`);
  }
  for (const [name, value] of Object.entries(wanted.config)) {
    const is = actual.config[name];
    if (is !== undefined && !same(is, value)) lines.push(`${name} is ${is}, and should be ${value}`);
  }
  return lines;
}

/** Numbers by value: a broker says 0.10 where 0.1 was asked for. */
const same = (a: string, b: string) => a === b || (a !== '' && b !== '' && Number(a) === Number(b));
