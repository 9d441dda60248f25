import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, brier, logLoss, metricsOf } from '../../src/training/metrics.js';

const rows = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 12 }).map((n) => n / 12),
    fc.integer({ min: 0, max: 1 }),
  ),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const columns = (r: [number, number][]) => [r.map(([s]) => s), r.map(([, l]) => l)] as const;

describe('metrics', () => {
  it('auc is the share of pairs in order, ties half', () => {
    fc.assert(
      fc.property(rows, (r) => {
        let [won, pairs] = [0, 0];
        for (const [p, lp] of r)
          for (const [n, ln] of r) {
            if (lp !== 1 || ln !== 0) continue;
            pairs++;
            won += p > n ? 1 : p === n ? 0.5 : 0;
          }
        const value = auc(...columns(r));
        if (pairs === 0) expect(value).toBeNull();
        else expect(value).toBeCloseTo(won / pairs, 12);
      }),
    );
  });

  it('log loss is the mean surprise, and never infinite', () => {
    fc.assert(
      fc.property(rows, (r) => {
        const surprise = r.map(([p, l]) => -Math.log(Math.max(1e-7, Math.min(1 - 1e-7, l === 1 ? p : 1 - p))));
        expect(logLoss(...columns(r))).toBeCloseTo(surprise.reduce((a, b) => a + b) / r.length, 6);
      }),
    );
    expect(logLoss([0], [1])).toBeCloseTo(-Math.log(1e-7), 9);
  });

  it('brier is the mean square', () => {
    fc.assert(
      fc.property(rows, (r) => {
        expect(brier(...columns(r))).toBeCloseTo(
          r.map(([p, l]) => (p - l) * (p - l)).reduce((a, b) => a + b) / r.length,
          12,
        );
      }),
    );
  });

  it('metricsOf refuses what is no probability and says nothing of no rows', () => {
    expect(metricsOf([], [])).toBeNull();
    expect(metricsOf([0.2, 0.9], [0, 1])).toMatchObject({ rows: 2, auc: 1 });
    expect(() => metricsOf([0.5, Number.NaN], [0, 1])).toThrow('the score of row 1 is NaN');
    expect(() => metricsOf([1.5], [0])).toThrow('row 0');
  });
});
