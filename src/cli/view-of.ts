/** The view that a command is about: named, or the only one of the topology. */
import { HeadraceError } from '../error.js';
import type { TopologyDefinition, ViewDefinition } from '../topology/definition.js';

/** Errors: `VIEW_UNKNOWN`, `VIEW_NOT_NAMED`, each naming what there is. */
export function viewOf(definition: TopologyDefinition, name: string | undefined): ViewDefinition {
  const names = definition.views.map((view) => view.name);
  if (name === undefined && names.length > 1) {
    throw new HeadraceError(
      'VIEW_NOT_NAMED',
      `${definition.name} has several views: give --view ${names.join(' or ')}`,
      {
        remedy: 'fix-input',
        views: names,
      },
    );
  }
  const view = definition.views.find((candidate) => candidate.name === (name ?? names[0]));
  if (view !== undefined) return view;
  const there = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
  throw new HeadraceError('VIEW_UNKNOWN', `${definition.name} has no view${name ? ` ${name}` : ''}; ${there}`, {
    remedy: names.length > 0 ? 'fix-input' : 'fix-definition',
    views: names,
  });
}
