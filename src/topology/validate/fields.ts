/** Checks that an event has a field of the right kind; says which fields there are where it has not. */
import type { EventDefinition } from '../definition.js';
import { type FieldKind, type FieldType, fieldType } from '../field-type.js';
import type { Report } from './problem.js';

/** @returns the field's type, or null where a problem was reported */
export function checkField(
  event: EventDefinition,
  field: string,
  report: Report,
  wanted: { readonly kinds: readonly FieldKind[]; readonly as: string; readonly notNull?: boolean },
): FieldType | null {
  const type = fieldType(event.schema, field);
  if (type === null) {
    const near = nearest(
      field,
      event.schema.fields.map(({ name }) => name),
    );
    const names = event.schema.fields.map(({ name }) => name).join(', ');
    report.add(
      `event ${event.topic} has no field ${JSON.stringify(field)}`,
      near === null ? `use one of: ${names}` : `did you mean ${near}? Its fields are: ${names}`,
    );
    return null;
  }
  const { kind, nullable } = type;
  const kindIsRight = report.check(
    wanted.kinds.includes(kind),
    `field ${field} of event ${event.topic} is ${kind}: ${wanted.as} needs ${wanted.kinds.join(', ')}`,
    'use another field, or change its type in the schema',
  );
  const nullIsRight = report.check(
    !(wanted.notNull === true && nullable),
    `field ${field} of event ${event.topic} may be null: ${wanted.as} needs a value in every event`,
    'use another field, or take null out of its type in the schema',
  );
  return kindIsRight && nullIsRight ? type : null;
}

export const NUMBERS: readonly FieldKind[] = ['long', 'int', 'double', 'float'];
export const INTEGERS: readonly FieldKind[] = ['long', 'int'];
export const KEYS: readonly FieldKind[] = ['string', 'int', 'long'];
export const TEXTS: readonly FieldKind[] = ['string', 'enum'];
export const VALUES: readonly FieldKind[] = [...NUMBERS, 'string', 'boolean', 'enum'];

/** The name that a slip of a few letters could have meant, or null. */
export function nearest(wrong: string, names: readonly string[]): string | null {
  const slipsMax = Math.min(wrong.length - 1, Math.max(2, Math.floor(wrong.length / 3)));
  const ranked = names.map((name) => ({ name, slips: distance(wrong, name) })).sort((a, b) => a.slips - b.slips);
  const [best] = ranked;
  return best !== undefined && best.slips <= slipsMax ? best.name : null;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
