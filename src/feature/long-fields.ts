/**
 * An event's longs, whose values arrive as doubles: which of them must be exact, and how many are not.
 * Pure: from the topology and decoded fields.
 */
import type { EventDefinition, Scalar, TopologyDefinition } from '../topology/definition.js';
import { fieldType } from '../topology/field-type.js';

export interface LongFields {
  /** Part of the event's id, or the key of some group. */
  readonly exact: readonly string[];
  /** The others: beyond 2^53 the nearest double stands for them. */
  readonly rounded: readonly string[];
}

/** Times are in neither: what is no safe integer is no time. */
export function longFields({ groups }: TopologyDefinition, event: EventDefinition): LongFields {
  const keys = groups.map((group) => group.keys[event.topic]);
  const times = [event.time, event.knownAt.by === 'field' ? event.knownAt.field : null];
  const longs = event.schema.fields
    .map(({ name }) => name)
    .filter((name) => fieldType(event.schema, name)?.kind === 'long');
  const isExact = (name: string) => event.id.includes(name) || keys.includes(name);
  return {
    exact: longs.filter(isExact),
    rounded: longs.filter((name) => !isExact(name) && !times.includes(name)),
  };
}

/** How many of these fields hold a long that a double does not hold exactly. */
export function roundedCount(fields: Readonly<Record<string, Scalar>>, names: readonly string[]): number {
  let count = 0;
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'number' && !Number.isSafeInteger(value)) count++;
  }
  return count;
}
