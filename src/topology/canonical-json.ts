/** Plain data as text that depends on its meaning alone: keys are sorted, undefined is absent, lists keep their order. */
import { assert } from '../error.js';

/** JSON with sorted keys. Numbers must be finite: NaN and infinities would all read as null. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
    return `{${entries.join(',')}}`;
  }
  assert(typeof value !== 'number' || Number.isFinite(value), 'a canonical form holds finite numbers only');
  return JSON.stringify(value) ?? 'null';
}
