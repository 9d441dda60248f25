/**
 * Everything that is wrong with a definition, at once: each problem with its place and its remedy.
 * The compiler finds most of it earlier, but a topology file is also run without being compiled.
 * Invariant: with no problem, every other part may take the definition as it is.
 */
import type { TopologyDefinition } from './definition.js';
import { checkEvent } from './validate/events.js';
import { checkGroup } from './validate/groups.js';
import { checkModels } from './validate/models.js';
import { checkNames } from './validate/names.js';
import { type Problem, Report } from './validate/problem.js';
import { checkViews } from './validate/views.js';

export type { Problem } from './validate/problem.js';

/** @returns no problem, or all of them, in the order of the definition */
export function validate(definition: TopologyDefinition): Problem[] {
  const report = new Report();
  checkNames(definition, report);
  for (const event of definition.events) checkEvent(event, report.at(`event ${event.topic}`));
  for (const group of definition.groups) checkGroup(definition, group, report.at(`group ${group.name}`));
  checkViews(definition, report);
  checkModels(definition, report);
  return report.problems;
}

/** Problems as people read them, one a line. */
export const problemsText = (problems: readonly Problem[]) =>
  problems.map(({ place, message, remedy }) => `  ${place}: ${message}; ${remedy}`).join('\n');
