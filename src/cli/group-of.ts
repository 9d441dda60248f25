/** The group that a command is about: named, or the only one of the topology. */
import { HeadraceError } from '../error.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';

/** Errors: `GROUP_UNKNOWN`, `GROUP_NOT_NAMED`, each naming what there is. */
export function groupOf({ name: topology, groups }: TopologyDefinition, name: string | undefined): GroupDefinition {
  const names = groups.map((group) => group.name);
  if (name === undefined && names.length > 1) {
    throw new HeadraceError('GROUP_NOT_NAMED', `${topology} has several groups: give --group ${names.join(' or ')}`, {
      remedy: 'fix-input',
      groups: names,
    });
  }
  const group = groups.find((candidate) => candidate.name === (name ?? names[0]));
  if (group !== undefined) return group;
  const there = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
  throw new HeadraceError('GROUP_UNKNOWN', `${topology} has no group${name ? ` ${name}` : ''}; ${there}`, {
    remedy: names.length > 0 ? 'fix-input' : 'fix-definition',
    groups: names,
  });
}
