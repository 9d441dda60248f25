/** Groups: keys, features and their windows. */
import type {
  AggregateName,
  Condition,
  FeatureDefinition,
  GroupDefinition,
  TopologyDefinition,
} from '../definition.js';
import { AGGREGATES } from '../definition.js';
import { isNumeric, isText } from '../field-type.js';
import { fieldsOfGroup } from '../fields.js';
import { checkField, KEYS, NUMBERS, VALUES } from './fields.js';
import { checkFeatureName, checkVersion, sanitised } from './names.js';
import { findEvent, list, type Report, repeated } from './problem.js';

const DURATION = "write it as '500ms', '15s', '30m', '1h' or '7d'";
/** A hundred years: longer is a slip, and sums of times stay exact. */
const DURATION_MS_MAX = 36_525 * 86_400_000;
const INBOX_PARTITIONS_MAX = 1000;

const OF_EVENT: ReadonlySet<AggregateName> = new Set(['count', 'secondsSince', 'decayedCount', 'share']);
const OF_NUMBER: ReadonlySet<AggregateName> = new Set(['sum', 'mean', 'min', 'max', 'variance', 'std', 'decayedMean']);
const DECAYED: ReadonlySet<AggregateName> = new Set(['decayedMean', 'decayedCount']);

export function checkGroup(definition: TopologyDefinition, group: GroupDefinition, report: Report): void {
  checkVersion(group.version, report);
  const { inboxPartitions: partitions, latenessMs } = group;
  report.check(
    Number.isInteger(partitions) && partitions >= 1 && partitions <= INBOX_PARTITIONS_MAX,
    `inboxPartitions ${partitions} is not allowed`,
    `use a whole number from 1 to ${INBOX_PARTITIONS_MAX}`,
  );
  report.check(isDuration(latenessMs, 0), 'lateness is no duration', DURATION);
  const keys = Object.entries(group.keys);
  report.check(keys.length > 0, 'it has no key', 'name for each event the field that names the entity');
  for (const [topic, field] of keys) checkKey(definition, topic, field, report.at('key'));
  checkInboxColumns(definition, group, report);
  report.check(group.features.length > 0, 'it has no features', 'add one, or remove the group');
  for (const name of repeated(group.features.map((feature) => feature.name))) {
    report.at(`feature ${name}`).add('two features of this group have this name', 'rename one');
  }
  for (const feature of group.features) {
    checkFeature(definition, group, feature, report.at(`feature ${feature.name}`));
  }
}

/** An inbox row holds the fields of all events side by side, as `<topic>__<field>`. */
function checkInboxColumns(definition: TopologyDefinition, group: GroupDefinition, report: Report): void {
  const columns = Object.keys(group.keys).flatMap((topic) =>
    fieldsOfGroup(definition, group, topic).map((field) => `${sanitised(topic)}__${field}`),
  );
  for (const column of repeated(columns)) {
    report.add(
      `fields of two events would both be ${column} in the inbox`,
      'rename a field, or read it in another group',
    );
  }
}

function checkKey(definition: TopologyDefinition, topic: string, field: string, report: Report): void {
  const event = findEvent(definition, topic);
  if (event === undefined) report.add(`event ${topic} is unknown`, 'add it to the topology');
  else checkField(event, field, report, { kinds: KEYS, as: 'a key' });
}

function checkFeature(
  definition: TopologyDefinition,
  group: GroupDefinition,
  feature: FeatureDefinition,
  report: Report,
): void {
  checkFeatureName(feature.name, report);
  checkWindow(feature, report);
  if (
    !report.check(
      AGGREGATES.includes(feature.aggregate),
      `${feature.aggregate} is no aggregate`,
      `use one of: ${AGGREGATES.join(', ')}`,
    )
  ) {
    return;
  }
  const event = findEvent(definition, feature.event);
  if (event === undefined) {
    report.add(`event ${feature.event} is unknown`, 'add it to the topology');
    return;
  }
  report.check(
    Object.hasOwn(group.keys, feature.event),
    `group ${group.name} has no key for event ${feature.event}, but only for ${list(Object.keys(group.keys))}`,
    `add the field of ${feature.event} that names the entity to the group's key`,
  );
  if (feature.where !== null) checkCondition(definition, feature.where, feature.event, report.at('where'));
  report.check(
    feature.aggregate !== 'share' || feature.where !== null,
    'a share needs a condition',
    'say what counts as a hit: share(arrival.arr_delay.gte(15), …)',
  );
  if (OF_EVENT.has(feature.aggregate)) {
    report.check(feature.field === null, `${feature.aggregate} reads no field`, 'give it the event');
    report.check(
      feature.type === 'number',
      `${feature.aggregate} is a number, not a category`,
      "make its type 'number'",
    );
    return;
  }
  if (feature.field === null) {
    report.add(`${feature.aggregate} needs a field`, 'give it a field of the event');
    return;
  }
  const numeric = OF_NUMBER.has(feature.aggregate);
  const type = checkField(event, feature.field, report, { kinds: numeric ? NUMBERS : VALUES, as: feature.aggregate });
  if (type === null) return;
  const isCategory = (feature.aggregate === 'first' || feature.aggregate === 'last') && isText(type.kind);
  report.check(
    feature.type === (isCategory ? 'category' : 'number'),
    `it is declared as a ${feature.type}, but ${feature.aggregate} of ${type.kind} is none`,
    `make its type '${isCategory ? 'category' : 'number'}'`,
  );
}

function checkWindow(feature: FeatureDefinition, report: Report): void {
  const { windowMs, delayMs, halfLifeMs, aggregate } = feature;
  report.check(
    windowMs === null || isDuration(windowMs, 1),
    'its window is no duration, or empty, or longer than a hundred years',
    `${DURATION}, or 'all time'`,
  );
  report.check(isDuration(delayMs, 0), 'its delay is no duration', DURATION);
  report.check(
    windowMs !== null || delayMs === 0,
    'all time cannot be delayed',
    'give it a window, or take the delay away',
  );
  if (!DECAYED.has(aggregate)) {
    report.check(halfLifeMs === null, `${aggregate} has no half-life`, 'use decayedMean or decayedCount');
  } else {
    report.check(
      halfLifeMs !== null && isDuration(halfLifeMs, 1),
      `${aggregate} needs a half-life that is a duration`,
      `${DURATION}: { halfLife: '6h' }`,
    );
  }
}

/** A condition on the event of `topic`. */
export function checkCondition(
  definition: TopologyDefinition,
  condition: Condition,
  topic: string,
  report: Report,
): void {
  report.check(
    condition.event === topic,
    `it is a condition on event ${condition.event}, not on ${topic}`,
    `compare a field of ${topic}`,
  );
  const event = findEvent(definition, condition.event);
  if (event === undefined) {
    report.add(`event ${condition.event} is unknown`, 'add it to the topology');
    return;
  }
  const ordered = condition.is !== 'eq' && condition.is !== 'ne';
  const type = checkField(event, condition.field, report, { kinds: ordered ? NUMBERS : VALUES, as: condition.is });
  if (type === null) return;
  const wanted = isNumeric(type.kind) ? 'number' : isText(type.kind) ? 'string' : 'boolean';
  report.check(
    typeof condition.value === wanted && !Number.isNaN(condition.value),
    `field ${condition.field} is ${type.kind}, and is compared to ${JSON.stringify(condition.value)}`,
    `compare it to a ${wanted}`,
  );
}

export const isDuration = (ms: number, leastMs: number) =>
  Number.isSafeInteger(ms) && ms >= leastMs && ms <= DURATION_MS_MAX;
