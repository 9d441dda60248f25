import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binMatrix } from '../../../src/training/trees/bins.js';
import {
  bestSplit,
  emptyHistogram,
  fillHistogram,
  histogramOffsets,
  subtractHistogram,
} from '../../../src/training/trees/split.js';

interface Row {
  readonly values: readonly (number | null)[];
  readonly gradient: number;
  readonly hessian: number;
}
const WIDTH = 5;
const row: fc.Arbitrary<Row> = fc.record({
  values: fc.array(fc.option(fc.integer({ min: 0, max: 4 })), { minLength: WIDTH, maxLength: WIDTH }),
  // eighths: sums are exact, so the twin may add in any order
  gradient: fc.integer({ min: -8, max: 8 }).map((n) => n / 8),
  hessian: fc.integer({ min: 1, max: 8 }).map((n) => n / 8),
});

/** Every split of every column, by its definition. */
function naiveGain(rows: readonly Row[], minRows: number, minHessian: number, lambda: number): number {
  const score = (part: readonly Row[]) => {
    const g = part.reduce((sum, r) => sum + r.gradient, 0);
    const h = part.reduce((sum, r) => sum + r.hessian, 0);
    return part.length < minRows || h < minHessian ? Number.NaN : (g * g) / (h + lambda);
  };
  let best = 0;
  for (let column = 0; column < WIDTH; column++) {
    for (const border of [0, 1, 2, 3, 4]) {
      for (const missingLeft of [false, true]) {
        const goesLeft = ({ values }: Row) => (values[column] === null ? missingLeft : values[column]! <= border);
        const gain = score(rows.filter(goesLeft)) + score(rows.filter((r) => !goesLeft(r))) - score(rows);
        if (gain > best) best = gain;
      }
    }
  }
  return best;
}

function setUp(rows: readonly Row[]) {
  const matrix = Float32Array.from(rows.flatMap(({ values }) => values.map((v) => v ?? Number.NaN)));
  // bins of at least 3 rows are a matter of binning: the twin sees the same borders through repeated rows
  const binned = binMatrix(matrix, WIDTH, { bins: 255, seed: 1 });
  const offsets = histogramOffsets(binned);
  const histogramOf = (indices: readonly number[]) => {
    const histogram = emptyHistogram(offsets[WIDTH]!);
    const pick = (of: (r: Row) => number) => Float64Array.from(indices, (i) => of(rows[i]!));
    fillHistogram(
      histogram,
      binned,
      offsets,
      Uint32Array.from(indices),
      pick((r) => r.gradient),
      pick((r) => r.hessian),
    );
    return histogram;
  };
  return { binned, offsets, histogramOf };
}
const totalsOf = (rows: readonly Row[]) => ({
  gradient: rows.reduce((sum, r) => sum + r.gradient, 0),
  hessian: rows.reduce((sum, r) => sum + r.hessian, 0),
  rows: rows.length,
});

describe('bestSplit', () => {
  it('gains what the best of all splits gains', () => {
    const limits = fc.record({
      minRowsInLeaf: fc.integer({ min: 1, max: 9 }),
      minHessianInLeaf: fc.constantFrom(1e-3, 1, 2),
      lambda: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 8 }), limits, (some, limit) => {
        const rows = [...some, ...some, ...some];
        const { binned, offsets, histogramOf } = setUp(rows);
        const split = bestSplit(histogramOf([...rows.keys()]), offsets, binned.hasMissing, totalsOf(rows), limit);
        const expected = naiveGain(rows, limit.minRowsInLeaf, limit.minHessianInLeaf, limit.lambda);
        expect(split?.gain ?? 0).toBeCloseTo(expected, 8);
      }),
      { numRuns: 300 },
    );
  });

  it('has, by subtraction, the histogram that filling would give', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean()), { minLength: 2, maxLength: 20 }), (chosen) => {
        const { histogramOf } = setUp(chosen.map(([r]) => r));
        const indices = [...chosen.keys()];
        const parent = histogramOf(indices);
        subtractHistogram(parent, histogramOf(indices.filter((i) => chosen[i]![1])));
        expect(parent).toEqual(histogramOf(indices.filter((i) => !chosen[i]![1])));
      }),
    );
  });
});
