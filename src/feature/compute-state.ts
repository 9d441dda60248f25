/** The state of a compute task: where it lies in the worker's store, and its changelog. Of the task itself, and of copies elsewhere. */
import type { Frontier } from '../contract/frames.js';
import { changelogTopic } from '../contract/topics.js';
import type { Log } from '../log/log.js';
import { Changelog } from '../runtime/changelog.js';
import type { Clock } from '../runtime/ports.js';
import type { StateStore } from '../state/store.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';

/** A checkpoint: a consistent cut of the task. */
export interface Checkpoint {
  /** The next inbox record to read. */
  readonly inboxOffset: number;
  readonly frontier: readonly Frontier[];
  readonly known: number;
}

/** Of the task's keys in the store. */
export const statePrefix = (group: GroupDefinition, partition: number): Buffer =>
  Buffer.from(`${group.name}.v${group.version}/${partition}\0`);

export function computeChangelog(
  definition: TopologyDefinition,
  group: GroupDefinition,
  partition: number,
  io: { readonly log: Log; readonly store: StateStore; readonly clock: Clock },
): Changelog<Checkpoint> {
  const prefix = statePrefix(group, partition);
  return new Changelog({ topic: changelogTopic(definition.name, group), partition, prefix, ...io });
}
