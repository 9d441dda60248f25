/** Features of features: made of other features of the same group, by their names, before those are rounded. */
import type { Derivation } from './definition.js';
import { DERIVED, type Derived } from './kinds.js';

/** `numerator / denominator`: missing where one of them is, or where the denominator is 0. */
export const ratio = <A extends string, B extends string>(numerator: A, denominator: B): Derived<A | B> =>
  derived('ratio', [numerator, denominator]);

/** `a - b`: missing where one of them is. */
export const difference = <A extends string, B extends string>(a: A, b: B): Derived<A | B> =>
  derived('difference', [a, b]);

/** `(value - mean) / std`: missing where one of them is, or where the standard deviation is 0. */
export const zScore = <A extends string, B extends string, C extends string>(
  value: A,
  mean: B,
  std: C,
): Derived<A | B | C> => derived('zScore', [value, mean, std]);

function derived<N extends string>(derive: Derivation, of: readonly N[]): Derived<N> {
  return { [DERIVED]: { definition: { derive, of, type: 'number' } } };
}
