/**
 * Compares a feature of SQL with the engine's.
 * What is no sum must be equal bit for bit (0 and -0 are one number here); sums of values whose sum is exact, too. Where additions are
 * rounded, their order shows in a double's last bits, about 2^-53 of the largest partial sum, and SQL leaves that order open.
 */
import type { FeatureDefinition, Scalar } from '../../../src/topology/definition.js';
import { isDerived } from '../../../src/topology/definition.js';

/** Of a float's last bits: what is rounded twice. */
export const RELATIVE = 2 ** -22;

/** Aggregates that add up what is not whole, whatever the values are. */
const ROUNDED: ReadonlySet<string> = new Set(['variance', 'std', 'decayedMean', 'decayedCount']);

/** @param exactSums whether sums of a field's values are exact in doubles; of an expression's they never need to be */
export function isExact(feature: FeatureDefinition, exactSums: boolean): boolean {
  if (isDerived(feature) || ROUNDED.has(feature.aggregate)) return false;
  const adds = feature.aggregate === 'sum' || feature.aggregate === 'mean';
  return !adds || (exactSums && feature.value?.kind === 'field');
}

/** @param scale of what is added up: a partial sum is about so large */
export function isEqual(computed: Scalar, ofSql: unknown, exact: boolean, scale = 1): boolean {
  const sql = typeof ofSql === 'bigint' ? Number(ofSql) : (ofSql as Scalar);
  if (computed === sql) return true;
  if (exact || typeof computed !== 'number' || typeof sql !== 'number') return false;
  return Math.abs(computed - sql) <= RELATIVE * Math.max(Math.abs(computed), Math.abs(sql)) + scale * 1e-12;
}
