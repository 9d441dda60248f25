/** Derived features: that what they are made of is there, is a number, and is not made of them. */
import {
  DERIVATIONS,
  type DerivedDefinition,
  type FeatureDefinition,
  type GroupDefinition,
  isDerived,
} from '../definition.js';
import { nearest } from './fields.js';
import type { Report } from './problem.js';

const OPERANDS: Readonly<Record<DerivedDefinition['derive'], readonly string[]>> = {
  ratio: ['numerator', 'denominator'],
  difference: ['a', 'b'],
  zScore: ['value', 'mean', 'std'],
};

export function checkDerived(group: GroupDefinition, feature: DerivedDefinition, report: Report): void {
  if (
    !report.check(
      DERIVATIONS.includes(feature.derive),
      `${feature.derive} is no way to derive a feature`,
      `use one of: ${DERIVATIONS.join(', ')}`,
    )
  ) {
    return;
  }
  const operands = OPERANDS[feature.derive];
  report.check(
    feature.of.length === operands.length,
    `${feature.derive} is of ${operands.length} features, and is given ${feature.of.length}`,
    `give it ${operands.join(', ')}`,
  );
  report.check(feature.type === 'number', `${feature.derive} is a number, not a category`, "make its type 'number'");
  for (const name of new Set(feature.of)) {
    const operand = group.features.find((candidate) => candidate.name === name);
    if (operand !== undefined) {
      report.check(
        operand.type === 'number',
        `it is made of ${name}, which is a category`,
        'use a feature that is a number',
      );
      continue;
    }
    const names = group.features.filter(({ type }) => type === 'number').map((candidate) => candidate.name);
    const near = nearest(name, names);
    report.add(
      `it is made of ${JSON.stringify(name)}, which group ${group.name} does not have`,
      near === null ? `use a number of the group: ${names.join(', ')}` : `did you mean ${near}?`,
    );
  }
}

/** Reports each cycle once, at its feature that is declared first. */
export function checkAcyclic(features: readonly FeatureDefinition[], at: (feature: string) => Report): void {
  const operands = new Map(features.map((feature) => [feature.name, isDerived(feature) ? feature.of : []]));
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    const start = path.indexOf(name);
    if (start >= 0) {
      const cycle = path.slice(start);
      const first = features.find((feature) => cycle.includes(feature.name))!.name;
      const from = cycle.indexOf(first);
      const shown = [...cycle.slice(from), ...cycle.slice(0, from), first].join(' of ');
      at(first).add(`it is made of itself: ${shown}`, 'make one of them of other features');
      return;
    }
    path.push(name);
    for (const operand of new Set(operands.get(name) ?? [])) visit(operand);
    path.pop();
    done.add(name);
  };
  for (const { name } of features) visit(name);
}
