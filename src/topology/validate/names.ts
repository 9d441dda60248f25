/**
 * Names: what Kafka, Avro and Parquet can hold, and no two that they cannot tell apart.
 * A group's, view's and model's name becomes part of topics (`<topology>.<what>.<name>.v<n>`), where a dot would part it, and of
 * Avro names, where `-` becomes `_`. Kafka itself refuses topics that differ in `.` and `_` only. A feature's name becomes an
 * Avro field and a Parquet column (without regard to case).
 */
import type { TopologyDefinition } from '../definition.js';
import { type Report, repeated } from './problem.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const AVRO_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TOPIC = /^[A-Za-z0-9._-]+$/;
const NAME_CHARS_MAX = 60;
/** Kafka's bound. */
const TOPIC_CHARS_MAX = 249;
/** What the longest of Headrace's topic names adds to topology, group and raw topic: `.deadletters.`, `-`, `.v` and a version. */
const TOPIC_CHARS_ADDED = 24;

export function checkNames(definition: TopologyDefinition, report: Report): void {
  checkName(definition.name, report.at(`topology ${definition.name}`));
  const kinds = { event: definition.events.map((event) => event.topic), ...namesByKind(definition) };
  for (const topic of kinds.event) checkTopic(topic, report.at(`event ${topic}`));
  for (const kind of ['group', 'view', 'model'] as const) {
    for (const name of kinds[kind]) checkName(name, report.at(`${kind} ${name}`));
  }
  for (const [kind, names] of Object.entries(kinds)) checkApart(kind, names, report);
  checkFeaturesTopics(definition, report);
}

/** The name of a feature or of a view's field. */
export function checkFeatureName(name: string, report: Report): void {
  report.check(
    AVRO_NAME.test(name) && !name.startsWith('__'),
    `${JSON.stringify(name)} cannot be a feature's name`,
    'use letters, digits and _, begin with a letter, and not with __ (kept for Headrace)',
  );
}

export function checkVersion(version: number, report: Report): void {
  report.check(Number.isInteger(version) && version >= 1, `version ${version} is not allowed`, 'use 1, 2, 3, …');
}

const namesByKind = ({ groups, views, models }: TopologyDefinition) => ({
  group: groups.map((group) => group.name),
  view: views.map((view) => view.name),
  model: models.map((model) => model.name),
});

function checkName(name: string, report: Report): void {
  report.check(
    NAME.test(name) && name.length <= NAME_CHARS_MAX,
    `${JSON.stringify(name)} cannot be part of topic and Avro names`,
    `use letters, digits, - and _, begin with a letter, at most ${NAME_CHARS_MAX} characters`,
  );
}

function checkTopic(topic: string, report: Report): void {
  report.check(
    TOPIC.test(topic) && topic !== '.' && topic !== '..' && topic.length <= TOPIC_CHARS_MAX,
    `${JSON.stringify(topic)} cannot be a Kafka topic`,
    `use letters, digits, ., - and _, at most ${TOPIC_CHARS_MAX} characters`,
  );
}

/** As Avro names and metrics show it. */
export const sanitised = (name: string) => name.replaceAll(/[^A-Za-z0-9_]/g, '_');

function checkApart(kind: string, names: readonly string[], report: Report): void {
  for (const name of repeated(names)) {
    report.at(`${kind} ${name}`).add(`two different ${kind}s have this name`, 'rename one, or use one object for both');
  }
  const unique = [...new Set(names)];
  for (const name of repeated(unique.map(sanitised))) {
    const both = unique.filter((candidate) => sanitised(candidate) === name);
    report
      .at(`${kind} ${both[1]}`)
      .add(`it cannot be told from ${kind} ${both[0]}: as Avro names both are ${name}`, 'rename one');
  }
}

/** A group's features topic is named by the group and the scored event. */
function checkFeaturesTopics(definition: TopologyDefinition, report: Report): void {
  const pairs = definition.views.flatMap((view) => [...new Set(view.groups)].map((group) => ({ group, view })));
  const seen = new Map<string, string>();
  for (const { group, view } of pairs) {
    const pair = `group ${group} and event ${view.score}`;
    const name = `${group}-${view.score}`;
    const place = report.at(`view ${view.name}`);
    place.check(
      definition.name.length + name.length + TOPIC_CHARS_ADDED <= TOPIC_CHARS_MAX,
      `the topic of ${pair} would be longer than Kafka's ${TOPIC_CHARS_MAX} characters`,
      'shorten the name of the topology or the group',
    );
    const other = seen.get(sanitised(name));
    place.check(
      other === undefined || other === pair,
      `the features of ${pair} would go to the topic of ${other}: both are ${sanitised(name)}`,
      'rename the group',
    );
    seen.set(sanitised(name), pair);
  }
}
