/** The events of a topology that a command is about: those that are named by their topics, else all. */
import { HeadraceError } from '../error.js';
import type { EventDefinition, TopologyDefinition } from '../topology/definition.js';

/** Error: `EVENT_UNKNOWN`, naming what there is. */
export function eventsOf(
  definition: TopologyDefinition,
  topics: readonly string[] | undefined,
): readonly EventDefinition[] {
  if (topics === undefined) return definition.events;
  const there = definition.events.map(({ topic }) => topic);
  const unknown = topics.filter((topic) => !there.includes(topic));
  if (unknown.length === 0) return definition.events.filter(({ topic }) => topics.includes(topic));
  throw new HeadraceError(
    'EVENT_UNKNOWN',
    `topology ${definition.name} has no event ${unknown.join(', ')}; it has ${there.join(', ')}`,
    { remedy: 'fix-input', unknown },
  );
}
