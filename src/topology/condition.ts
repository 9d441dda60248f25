/** Whether a value satisfies a condition. Null (and NaN, which counts as null) is neither a hit nor a miss. */
import type { Condition, Scalar } from './definition.js';

/** @returns null where nothing can be said: the value is null, NaN, or of another type than the condition's */
export function satisfies(condition: Condition, value: Scalar | undefined): boolean | null {
  const bound = condition.value;
  if (value === null || value === undefined || typeof value !== typeof bound) return null;
  if (Number.isNaN(value)) return null;
  switch (condition.is) {
    case 'eq':
      return value === bound;
    case 'ne':
      return value !== bound;
    case 'lt':
      return value < bound;
    case 'lte':
      return value <= bound;
    case 'gt':
      return value > bound;
    case 'gte':
      return value >= bound;
  }
}
