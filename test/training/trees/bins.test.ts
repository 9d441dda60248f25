import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BORDER_SAMPLE_ROWS, between, binMatrix, binOf, findBorders } from '../../../src/training/trees/bins.js';

const float = fc.float({ noNaN: true });
const sorted = fc.array(float, { maxLength: 60 }).map((values) => Float32Array.from(values).sort());

describe('bins', () => {
  it('puts a border from the lower of two values on, and below the upper one', () => {
    fc.assert(
      fc.property(float, float, (x, y) => {
        fc.pre(x !== y);
        const [a, b] = x < y ? [x, y] : [y, x];
        const border = between(a!, b!);
        expect(Math.fround(border)).toBe(border);
        expect(a! <= border && border < b!).toBe(true);
      }),
    );
  });

  it('finds the bin that a linear search finds', () => {
    fc.assert(
      fc.property(sorted, fc.integer({ min: 2, max: 9 }), float, (values, bins, value) => {
        const borders = findBorders(values, bins);
        expect(borders.length).toBeLessThanOrEqual(bins);
        expect(borders.length === 0).toBe(values.length === 0);
        if (values.length === 0) return;
        expect([...borders].sort((a, b) => a - b)).toEqual([...borders]);
        expect(binOf(borders, value)).toBe(borders.findIndex((border) => value <= border));
      }),
    );
  });

  it('gives each of few values its bin, and many values bins of about one size', () => {
    const few = Float32Array.from({ length: 90 }, (_, i) => Math.floor(i / 10));
    expect(findBorders(few, 255)).toHaveLength(9);
    const many = Float32Array.from({ length: 10_000 }, (_, i) => i);
    const borders = findBorders(many, 100);
    expect(borders).toHaveLength(100);
    const sizes = [...borders].map((b, i) => Math.min(b, 9_999) - (i === 0 ? -1 : borders[i - 1]!));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(102);
  });

  it('leaves the rare values their bins beside a frequent one', () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => (i < 9_000 ? 0 : i)).sort();
    const borders = findBorders(values, 50);
    expect(borders.length).toBeGreaterThan(45);
    expect(borders[0]).toBeLessThan(9_000);
  });

  it('keeps missing apart, and samples large matrices by seed', () => {
    const binned = binMatrix(Float32Array.of(1, Number.NaN, 1, 5, 1, 5, 1, 5, 1, 5), 2, { bins: 255, seed: 1 });
    expect(binned.hasMissing).toEqual([false, true]);
    expect(binned.bins[1]![0]).toBe(binned.borders[1]!.length);
    const large = Float32Array.from({ length: BORDER_SAMPLE_ROWS + 50_000 }, (_, i) => (i * 7919) % 250_007);
    const borders = (seed: number) => binMatrix(large, 1, { bins: 255, seed }).borders[0]!;
    expect(borders(1)).toEqual(borders(1));
    expect(borders(1)).not.toEqual(borders(2));
  });
});
