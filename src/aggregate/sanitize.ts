/** What the engine takes for a value, and how a value leaves it. */
import type { Scalar } from '../topology/definition.js';

/** @returns null for NaN and infinite numbers (the caller counts them), else the value itself */
export const sanitize = (value: Scalar): Scalar =>
  typeof value === 'number' && !Number.isFinite(value) ? null : value;

/** A feature as it leaves: a number rounded once, to a float; missing where it is beyond a float's range, or no number. */
export function leave(value: Scalar): Scalar {
  if (typeof value !== 'number') return value;
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? rounded : null;
}
