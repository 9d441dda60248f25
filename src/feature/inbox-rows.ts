/**
 * What becomes of admitted rows in a group: which partition, which fields. Pure; the same for Kafka, files and replay.
 */
import type { AdmittedRow, InboxRow } from '../contract/frames.js';
import { inboxColumn } from '../contract/frames.js';
import { partitionOf } from '../contract/partition.js';
import { answeredBy } from '../contract/topics.js';
import type { EventDefinition, GroupDefinition, Scalar, TopologyDefinition } from '../topology/definition.js';
import { fieldsOfGroup } from '../topology/fields.js';

/** How one event's rows enter one group. */
export interface GroupInput {
  readonly event: EventDefinition;
  readonly scored: boolean;
  readonly keyField: string;
  /** The fields that the group reads, and the columns of the inbox that hold them. */
  readonly fields: readonly string[];
  readonly columns: readonly string[];
}

/** The events that a group reads or answers, by topic. */
export function groupInputs(definition: TopologyDefinition, group: GroupDefinition): readonly GroupInput[] {
  const scored = new Set(answeredBy(definition, group));
  return definition.events
    .filter((event) => event.topic in group.keys)
    .map((event) => {
      const fields = fieldsOfGroup(definition, group, event.topic);
      return {
        event,
        scored: scored.has(event.topic),
        keyField: group.keys[event.topic]!,
        fields,
        columns: fields.map((field) => inboxColumn(event.topic, field)),
      };
    })
    .sort((a, b) => (a.event.topic < b.event.topic ? -1 : 1));
}

/** The fields of an admitted row that a group needs: what it reads, and its key. */
export const neededFields = (input: GroupInput): readonly string[] => [...new Set([...input.fields, input.keyField])];

/** The row and its inbox partition, or null for an observed event without a key: it is nobody's news. */
export function inboxRow(
  input: GroupInput,
  row: AdmittedRow,
  source: number,
  partitions: number,
): { readonly partition: number; readonly row: InboxRow } | null {
  const value = row.event[input.keyField] ?? null;
  const key = value === null ? null : String(value);
  if (key === null && !input.scored) return null;
  const values: Record<string, Scalar> = {};
  for (let i = 0; i < input.fields.length; i++) values[input.columns[i]!] = row.event[input.fields[i]!] ?? null;
  return {
    partition: partitionOf(key ?? row.id, partitions),
    row: {
      source,
      offset: row.offset,
      known: row.known,
      time: row.time,
      id: row.id,
      key,
      scored: input.scored,
      values,
    },
  };
}
