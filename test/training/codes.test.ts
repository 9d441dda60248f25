import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderCategories } from '../../src/training/codes.js';

describe('orderCategories', () => {
  it('orders by mean label, ties by name', () => {
    const counts = [
      { category: 'often', rows: 10, positives: 9 },
      { category: 'b', rows: 3, positives: 1 },
      { category: 'a', rows: 6, positives: 2 },
      { category: 'never', rows: 5, positives: 0 },
      { category: 'absent', rows: 0, positives: 0 },
    ];
    expect(orderCategories(counts)).toEqual(['never', 'a', 'b', 'often']);
  });

  it('does not depend on the order of the counts', () => {
    const counts = fc.uniqueArray(
      fc.record({
        category: fc.string(),
        rows: fc.integer({ min: 3, max: 9 }),
        positives: fc.integer({ min: 0, max: 3 }),
      }),
      { selector: ({ category }) => category },
    );
    fc.assert(
      fc.property(counts, (some) => {
        expect(orderCategories([...some].reverse())).toEqual(orderCategories(some));
      }),
    );
  });
});
