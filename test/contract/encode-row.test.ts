import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRows } from '../../src/contract/encode-row.js';

const columns = [
  { name: 'a', type: 'number' },
  { name: 'c', type: 'category' },
] as const;
const NAN_BITS = 0x7fc00000;
const bits = (row: Float32Array) => [...new Uint32Array(row.buffer)];

describe('encodeRows', () => {
  it('puts numbers in as float32 and categories as the place of their code', () => {
    const rows = encodeRows(columns, { c: ['EWR', 'JFK'] }, [
      { a: 0.1, c: 'JFK' },
      { c: 'EWR', a: -0 },
    ]);
    expect([...rows]).toEqual([Math.fround(0.1), 1, -0, 0]);
  });

  it.each([
    [{ a: null, c: null }],
    [{}],
    [{ a: Number.NaN, c: 'unseen' }],
    [{ a: Number.POSITIVE_INFINITY, c: '' }],
    [{ a: 1e39, c: 3 }],
    [{ a: '1', c: 'toString' }],
  ])('encodes %j as the canonical NaN', (row) => {
    expect(bits(encodeRows(columns, { c: ['EWR'] }, [row]))).toEqual([NAN_BITS, NAN_BITS]);
  });

  it('makes every NaN the same bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x7f800001, max: 0x7fffffff }), (payload) => {
        const odd = new Float32Array(new Uint32Array([payload]).buffer)[0]!;
        expect(bits(encodeRows(columns.slice(0, 1), {}, [{ a: odd }]))).toEqual([NAN_BITS]);
      }),
    );
  });
});
