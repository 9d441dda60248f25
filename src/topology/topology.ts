/** `topology`: gathers everything that its models reach into one plain definition. */
import type { EventDefinition, GroupDefinition, TopologyDefinition, ViewDefinition } from './definition.js';
import type { Group } from './group.js';
import type { Model } from './model.js';
import type { View } from './view.js';

export interface Topology {
  readonly definition: TopologyDefinition;
}

export interface TopologyOptions {
  readonly models?: readonly Model[];
  /** Views that no model reads yet: their vectors are written. */
  readonly views?: readonly View<string>[];
  /** Groups that no view reads yet: their state is kept. */
  readonly groups?: readonly Group<never>[];
}

/**
 * Each event, group and view is listed once, in the order in which it is met: models first, a view's scored event before
 * its groups. Two different ones of the same name are both listed, and `validate` reports them.
 */
export function topology(name: string, options: TopologyOptions): Topology {
  const events = new Set<EventDefinition>();
  const groups = new Set<GroupDefinition>();
  const views = new Set<ViewDefinition>();

  const addGroup = (group: Group<never>) => {
    groups.add(group.definition);
    for (const event of group.events) events.add(event);
  };
  const addView = (view: View<string>) => {
    views.add(view.definition);
    events.add(view.event);
    for (const group of view.groups) addGroup(group);
  };
  const models = options.models ?? [];
  for (const model of models) {
    addView(model.view);
    events.add(model.labelEvent);
  }
  for (const view of options.views ?? []) addView(view);
  for (const group of options.groups ?? []) addGroup(group);
  return {
    definition: {
      name,
      events: [...events],
      groups: [...groups],
      views: [...views],
      models: models.map((model) => model.definition),
    },
  };
}
