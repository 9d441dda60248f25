import { expect, test } from 'vitest';
import { SharedTexts } from '../../src/aggregate/shared-texts.js';

test('gives an equal text, and remembers no more than two generations', () => {
  const shared = new SharedTexts();
  let others = 0;
  for (let i = 0; i < 50_000; i++) if (shared.of(`text ${i}`) !== `text ${i}`) others++;
  expect(others).toBe(0);
  expect(shared.size).toBeLessThanOrEqual(2 * 8192);
  const long = 'x'.repeat(100_000);
  const { size } = shared;
  expect(shared.of(long)).toBe(long);
  expect(shared.size).toBe(size);
});
