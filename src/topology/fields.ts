/** Which fields and columns a definition uses: what `route` keeps, what a vector holds, and in which order. */
import { assert } from '../error.js';
import { fieldsOfCondition } from './condition.js';
import {
  type GroupDefinition,
  isDerived,
  type TopologyDefinition,
  type ValueType,
  type ViewDefinition,
} from './definition.js';
import { fieldsOfExpression } from './expression.js';

export interface Column {
  readonly name: string;
  readonly type: ValueType;
}

/** Fields of the event of `topic` that the group's features and their conditions read (its key is not among them), sorted. */
export function fieldsOfGroup(_definition: TopologyDefinition, group: GroupDefinition, topic: string): string[] {
  const used = new Set<string>();
  for (const feature of group.features) {
    if (isDerived(feature) || feature.event !== topic) continue;
    if (feature.value !== null) fieldsOfExpression(feature.value, used);
    if (feature.where !== null) fieldsOfCondition(feature.where, used);
  }
  return [...used].sort();
}

/** A vector's columns in order: the features of the groups, group by group, then the view's own fields. */
export function viewColumns(definition: TopologyDefinition, view: ViewDefinition): Column[] {
  const features = groupsOfView(definition, view).flatMap((group) => group.features);
  return [...features, ...view.fields].map(({ name, type }) => ({ name, type }));
}

/** The scored event's fields that the view's groups use as keys, or its models' labels as join fields; sorted. */
export function keyFields(definition: TopologyDefinition, view: ViewDefinition): string[] {
  const used = new Set<string>();
  for (const group of groupsOfView(definition, view)) {
    const key = group.keys[view.score];
    if (key !== undefined) used.add(key);
  }
  for (const model of definition.models) if (model.view === view.name) used.add(model.label.join.scored);
  return [...used].sort();
}

/** The groups that a view reads, in the view's order. */
export function groupsOfView(definition: TopologyDefinition, view: ViewDefinition): readonly GroupDefinition[] {
  return view.groups.map((name) => {
    const group = definition.groups.find((candidate) => candidate.name === name);
    assert(group !== undefined, `view ${view.name} reads group ${name}, which the topology has`);
    return group;
  });
}
