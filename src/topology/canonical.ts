/**
 * The canonical form of a definition and its hash: what must not change under an unchanged version.
 * Invariants: equal meaning, equal bytes (keys are sorted, undefined is absent); a form holds whatever decides a feature's bits
 * or a row's place, and nothing else: documentation, marks, and fields that nobody reads are not in it.
 * `createHash` is the one thing that `topology` takes from Node: it computes, and does no I/O.
 */
import { createHash } from 'node:crypto';
import { SEMANTICS } from '../aggregate/semantics.js';
import { assert } from '../error.js';
import { canonical } from './canonical-json.js';
import type { EventDefinition, GroupDefinition, TopologyDefinition, ViewDefinition } from './definition.js';
import { fieldType } from './field-type.js';
import { fieldsOfGroup, groupsOfView, viewColumns } from './fields.js';

export { canonical } from './canonical-json.js';
export { difference } from './difference.js';

/** What a group's hash covers: definition, inbox partitions, arithmetic, and how the events that it reads are identified and timed. */
export function groupForm(definition: TopologyDefinition, group: GroupDefinition): object {
  const topics = Object.keys(group.keys).sort();
  return {
    semantics: SEMANTICS,
    group,
    events: topics.map((topic) => {
      const event = eventOf(definition, topic);
      return eventForm(event, [group.keys[topic]!, ...fieldsOfGroup(definition, group, topic)]);
    }),
  };
}

/** What a view's hash covers: its columns, how its own are made, and the hashes of its groups. */
export function viewForm(definition: TopologyDefinition, view: ViewDefinition): object {
  const event = eventOf(definition, view.score);
  return {
    semantics: SEMANTICS,
    view,
    columns: viewColumns(definition, view),
    event: eventForm(
      event,
      view.fields.map(({ of }) => of.field),
    ),
    groups: groupsOfView(definition, view).map((group) => groupHash(definition, group)),
  };
}

/** @returns sha256, hex */
export const groupHash = (definition: TopologyDefinition, group: GroupDefinition) =>
  sha256(canonical(groupForm(definition, group)));

/** @returns sha256, hex */
export const viewHash = (definition: TopologyDefinition, view: ViewDefinition) =>
  sha256(canonical(viewForm(definition, view)));

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function eventForm({ topic, schema, id, time, knownAt }: EventDefinition, read: readonly string[]): object {
  const fields = [...new Set(read)].sort();
  const kinds = Object.fromEntries(fields.map((field) => [field, fieldType(schema, field)?.kind ?? 'unsupported']));
  return { topic, id, time, knownAt, kinds };
}

function eventOf(definition: TopologyDefinition, topic: string): EventDefinition {
  const event = definition.events.find((candidate) => candidate.topic === topic);
  assert(event !== undefined, `the topology has event ${topic}, which a group or view reads`);
  return event;
}
