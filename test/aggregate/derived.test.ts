import { expect, test } from 'vitest';
import { deriveFeatures, deriveOrder } from '../../src/aggregate/derived.js';
import type { Derivation, FeatureDefinition, Scalar } from '../../src/topology/definition.js';
import { feature } from './support.js';

const derived = (name: string, derive: Derivation, ...of: string[]): FeatureDefinition => ({
  name,
  derive,
  of,
  type: 'number',
});
/** One feature of the operands a, b and c. */
function derive(how: Derivation, ...operands: Scalar[]): Scalar {
  const names = ['a', 'b', 'c'].slice(0, operands.length);
  const features = [...names.map((name) => feature({ aggregate: 'last', name })), derived('d', how, ...names)];
  const out: Scalar[] = [...operands, 'not filled'];
  deriveFeatures(deriveOrder(features), out);
  expect(out.slice(0, -1)).toEqual(operands);
  return out.at(-1)!;
}

test('ratio, difference and z-score are what they say, in doubles', () => {
  expect(derive('ratio', 1, 3)).toBe(1 / 3);
  expect(derive('difference', 0.3, 0.1)).toBe(0.3 - 0.1);
  expect(derive('zScore', 5, 2, 1.5)).toBe(2);
});

test.each<[Derivation, Scalar[]]>([
  ['ratio', [null, 1]],
  ['ratio', [1, null]],
  ['ratio', [1, 0]],
  ['ratio', [0, 0]],
  ['ratio', [1e308, 1e-308]],
  ['difference', [null, 1]],
  ['difference', [1e308, -1e308]],
  ['zScore', [1, 2, 0]],
  ['zScore', [1, 1, 0]],
  ['zScore', [1, 2, null]],
])('%s of %j is missing', (how, operands) => {
  expect(derive(how, ...operands)).toBeNull();
});

test('what is made of a missing one is missing too', () => {
  const features = [
    feature({ aggregate: 'last', name: 'a' }),
    derived('b', 'ratio', 'a', 'a'),
    derived('c', 'difference', 'b', 'a'),
  ];
  const out: Scalar[] = [0, 1, 1];
  deriveFeatures(deriveOrder(features), out);
  expect(out).toEqual([0, null, null]);
});

test('a feature that is made of itself, or of none, is a slip of validation', () => {
  const n = feature({ aggregate: 'count', name: 'n' });
  expect(() => deriveOrder([n, derived('a', 'ratio', 'b', 'n'), derived('b', 'ratio', 'n', 'a')])).toThrow(
    /a is not made of itself/,
  );
  expect(() => deriveOrder([n, derived('a', 'ratio', 'n', 'm')])).toThrow(/feature m, of which a is made/);
});
