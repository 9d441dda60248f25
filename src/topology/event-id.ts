/**
 * The text that identifies an event: within a topic, two records with the same text are one event.
 * Invariant: injective for each list of fields. One field is taken as it is; of several, each part's `|` and `\` are
 * escaped by `\`, so that no part can pretend to be two.
 */
import type { Scalar } from './definition.js';

/** @returns null where a part is null or absent: such a record identifies nothing */
export function eventId(
  idFields: readonly string[],
  record: Readonly<Record<string, Scalar | undefined>>,
): string | null {
  if (idFields.length === 1) {
    const only = record[idFields[0]!];
    return only === null || only === undefined ? null : String(only);
  }
  let id = '';
  for (let i = 0; i < idFields.length; i++) {
    const part = record[idFields[i]!];
    if (part === null || part === undefined) return null;
    id += (i === 0 ? '' : '|') + (typeof part === 'string' ? escaped(part) : String(part));
  }
  return idFields.length === 0 ? null : id;
}

const escaped = (part: string) =>
  part.includes('|') || part.includes('\\') ? part.replaceAll(/[|\\]/g, (special) => `\\${special}`) : part;
