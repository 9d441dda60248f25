/** Groups: keys, inbox, and that their features go together. */
import type { GroupDefinition, TopologyDefinition } from '../definition.js';
import { fieldsOfGroup } from '../fields.js';
import { checkAcyclic } from './derived.js';
import { DURATION, isDuration } from './durations.js';
import { checkFeature } from './features.js';
import { checkField, KEYS } from './fields.js';
import { checkVersion, sanitised } from './names.js';
import { findEvent, type Report, repeated } from './problem.js';

const INBOX_PARTITIONS_MAX = 1000;

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
  checkAcyclic(group.features, (feature) => report.at(`feature ${feature}`));
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
