import { expect, test } from 'vitest';
import { OPEN_SAID_MS, Undecided } from '../../src/feature/undecided.js';

test('an open transaction is said once it lasts, with where it begins, and no longer than it lasts', () => {
  const undecided = new Undecided();
  undecided.look(null, 0, 0);
  undecided.look(10, 10, 0);
  expect(undecided.waits(10, OPEN_SAID_MS * 9)).toBeNull();
  undecided.look(15, 10, 1_000);
  expect(undecided.waits(10, 1_000 + OPEN_SAID_MS - 1)).toBeNull();
  undecided.look(17, 10, 2_000);
  expect(undecided.waits(10, 7_000)).toBe(
    "a producer's open transaction at offset 10: up to 7 records are undecided for 6 s",
  );
  // It was committed, and is read; or aborted, and read past.
  expect(undecided.waits(17, 7_000)).toBeNull();
  // Another one that follows at once counts by itself.
  undecided.look(20, 18, 8_000);
  expect(undecided.waits(18, 8_500)).toBeNull();
  undecided.look(20, 20, 9_000);
  expect(undecided.waits(20, 99_000)).toBeNull();
});
