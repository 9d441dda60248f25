import { expect, test } from 'vitest';
import { SharedTexts } from '../../src/aggregate/shared-texts.js';

test('gives an equal text, and remembers no more than two generations', () => {
  const shared = new SharedTexts();
  for (let i = 0; i < 50_000; i++) expect(shared.of(`text ${i}`)).toBe(`text ${i}`);
  expect(shared.size).toBeLessThanOrEqual(2 * 8192);
  const long = 'x'.repeat(100_000);
  const { size } = shared;
  expect(shared.of(long)).toBe(long);
  expect(shared.size).toBe(size);
});
