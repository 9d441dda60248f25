/** What differs between two definitions, as a person looks for it: for `the definition changed under the same version`. */
import { canonical } from './canonical-json.js';

/**
 * Plain data of any shape; members of lists that have a `name` (or `topic`) are matched by it, others by their place.
 * @returns one line per difference, e.g. `features[late_share].windowMs: 3600000 -> 10800000`; empty where they are equal
 */
export function difference(before: unknown, after: unknown): string[] {
  const lines: string[] = [];
  compare('', before, after, lines);
  return lines;
}

function compare(path: string, before: unknown, after: unknown, lines: string[]): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined) lines.push(`${path}: added ${shown(after)}`);
  else if (after === undefined) lines.push(`${path}: removed ${shown(before)}`);
  else if (Array.isArray(before) && Array.isArray(after)) compareLists(path, before, after, lines);
  else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(path === '' ? key : `${path}.${key}`, before[key], after[key], lines);
    }
  } else if (canonical(before) !== canonical(after)) lines.push(`${path}: ${shown(before)} -> ${shown(after)}`);
}

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[], lines: string[]): void {
  const was = keyed(before);
  const is = keyed(after);
  if (was === null || is === null) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      compare(`${path}[${i}]`, before[i], after[i], lines);
    }
    return;
  }
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    compare(`${path}[${key}]`, was.get(key), is.get(key), lines);
  }
  const common = (keys: Map<string, unknown>, others: Map<string, unknown>) =>
    [...keys.keys()].filter((key) => others.has(key)).join(', ');
  if (common(was, is) !== common(is, was)) lines.push(`${path}: order ${common(was, is)} -> ${common(is, was)}`);
}

/** Members by name; null where not each has one of its own. */
function keyed(members: readonly unknown[]): Map<string, unknown> | null {
  const byKey = new Map<string, unknown>();
  for (const member of members) {
    const key = isObject(member) ? (member.name ?? member.topic) : member;
    if (typeof key !== 'string' || byKey.has(key)) return null;
    byKey.set(key, member);
  }
  return byKey;
}

interface Named {
  readonly name?: unknown;
  readonly topic?: unknown;
  readonly [key: string]: unknown;
}
const isObject = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown) => canonical(value);
