/** Features made of other features of their group, as one more table: from values that are not yet rounded. */
import { type DerivedDefinition, type GroupDefinition, isAggregate, isDerived } from '../definition.js';
import { derivedText } from '../text.js';
import { indented, named } from './names.js';

/** @returns the table `derived`, or nothing where the group has no such features */
export function derivedSql(group: GroupDefinition): string[] {
  const ordered = orderOf(group);
  if (ordered.length === 0) return [];
  // Of a chain of features each needs the one before: a select a link.
  let from = 'features as f';
  let lines = '';
  for (const feature of ordered) {
    const result = formula(feature);
    const column = `case when isfinite(${result}) then ${result} end as ${named(feature.name)}`;
    lines = `select f.*, ${column} -- ${derivedText(feature)}\nfrom ${from}`;
    from = `(\n${indented(lines)}\n) as f`;
  }
  return [
    `\
-- Made of others, unrounded; missing where one of them is, where the divisor is 0, or where the result is not finite.
derived as (
${indented(lines)}
)`,
  ];
}

function formula({ derive, of }: DerivedDefinition): string {
  const [a, b, c] = of.map((name) => `cast(f.${named(name)} as double)`);
  switch (derive) {
    case 'ratio':
      return `${a} / ${b}`;
    case 'difference':
      return `(${a} - ${b})`;
    case 'zScore':
      return `(${a} - ${b}) / ${c}`;
  }
}

/** Each behind those that it is made of. */
function orderOf({ features }: GroupDefinition): DerivedDefinition[] {
  const done = new Set(features.filter(isAggregate).map(({ name }) => name));
  const left = features.filter(isDerived);
  const ordered: DerivedDefinition[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ of }) => of.every((name) => done.has(name)));
    // Validation allows no circles.
    const [feature] = left.splice(Math.max(0, next), 1);
    done.add(feature!.name);
    ordered.push(feature!);
  }
  return ordered;
}
