/**
 * A recorded definition as people write and read it, for differences: durations as in the language (`3h`), expressions and conditions
 * as text, hashes by their first digits. Pure; a form of an older version that it does not know stays as it is.
 */
import type { Condition, Expression } from '../topology/definition.js';
import { difference } from '../topology/difference.js';
import { durationText } from '../topology/duration.js';
import { conditionText, expressionText } from '../topology/text.js';

const HASH = /^[0-9a-f]{64}$/;
/** Of a hash, as everywhere for people. */
export const HASH_DIGITS = 12;

const EXPRESSIONS: ReadonlySet<unknown> = new Set(['field', 'constant', 'add', 'subtract', 'multiply', 'divide']);
const CONDITIONS: ReadonlySet<unknown> = new Set(['compare', 'oneOf', 'isNull', 'and', 'or', 'not']);

/** One line a difference, e.g. `features[late_share].window: "1h" -> "3h"`. */
export const readableDifference = (before: unknown, after: unknown): string[] =>
  difference(readable(before), readable(after)).map((line) =>
    line.replace(/^groups\.\d+: "(\w+)" -> "(\w+)"$/, 'a group that it reads changed: hash $1 -> $2'),
  );

export function readable(value: unknown): unknown {
  if (typeof value === 'string') return HASH.test(value) ? value.slice(0, HASH_DIGITS) : value;
  if (Array.isArray(value)) {
    const list = value.map(readable);
    // Hashes are matched by their place: one that changed is not one removed and one added.
    const hashes = value.length > 0 && value.every((one) => typeof one === 'string' && HASH.test(one));
    return hashes ? { ...list } : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  return textOf(value) ?? Object.fromEntries(Object.entries(value).map(([name, one]) => member(name, one)));
}

function member(name: string, value: unknown): [string, unknown] {
  if (!/.Ms$/.test(name)) return [name, readable(value)];
  const word = name.slice(0, -2);
  if (name === 'windowMs' && value === null) return [word, 'all time'];
  return [word, typeof value === 'number' && Number.isInteger(value) ? durationText(value) : value];
}

function textOf(value: object): string | null {
  const { kind } = value as { kind?: unknown };
  try {
    if (EXPRESSIONS.has(kind)) return expressionText(value as Expression);
    if (CONDITIONS.has(kind)) return conditionText(value as Condition);
  } catch {
    // It has the name of one, and another shape.
  }
  return null;
}
