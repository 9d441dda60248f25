/**
 * Features made of other features of the same group.
 * Method: they are ordered once, so that every operand comes before, and computed from the values of a query as they are before
 * rounding. Invariant: missing where an operand is, where the divisor is 0, or where the result is not finite.
 */

import { assert } from '../error.js';
import { type Derivation, type FeatureDefinition, isDerived, type Scalar } from '../topology/definition.js';

export interface DerivedPlan {
  /** Index into the group's features. */
  readonly feature: number;
  readonly derive: Derivation;
  /** Indexes of the operands. */
  readonly of: readonly number[];
}

/** @param features acyclic, as validation has found. @returns those that are derived, each behind its operands */
export function deriveOrder(features: readonly FeatureDefinition[]): DerivedPlan[] {
  const places = new Map(features.map(({ name }, i) => [name, i]));
  const ordered: DerivedPlan[] = [];
  const state: ('open' | 'done' | undefined)[] = [];
  const visit = (feature: number): void => {
    const definition = features[feature]!;
    if (!isDerived(definition) || state[feature] === 'done') return;
    assert(state[feature] === undefined, `feature ${definition.name} is not made of itself`);
    state[feature] = 'open';
    const of = definition.of.map((name) => {
      const place = places.get(name);
      assert(place !== undefined, `the group has feature ${name}, of which ${definition.name} is made`);
      visit(place);
      return place;
    });
    state[feature] = 'done';
    ordered.push({ feature, derive: definition.derive, of });
  };
  for (let feature = 0; feature < features.length; feature++) visit(feature);
  return ordered;
}

/** @param out the features by their index, not yet rounded: the derived ones are filled in. Hot: once a query. */
export function deriveFeatures(derived: readonly DerivedPlan[], out: Scalar[]): void {
  for (let i = 0; i < derived.length; i++) {
    const { feature, derive, of } = derived[i]!;
    const result = compute(derive, number(out[of[0]!]), number(out[of[1]!]), of.length > 2 ? number(out[of[2]!]) : 0);
    out[feature] = Number.isFinite(result) ? result : null;
  }
}

/** NaN in, NaN out; a division by 0 is not finite. */
function compute(derive: Derivation, a: number, b: number, c: number): number {
  switch (derive) {
    case 'ratio':
      return a / b;
    case 'difference':
      return a - b;
    case 'zScore':
      return (a - b) / c;
  }
}

const number = (value: Scalar | undefined) => (typeof value === 'number' ? value : Number.NaN);
