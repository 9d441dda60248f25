import { expect, test } from 'vitest';
import { Gapped } from './watch.js';

test('each fault has the longest time in which one partition stood still, however the others went on', () => {
  const gapped = new Gapped();
  gapped.saw([5, 5], 0);
  gapped.strikes('killed');
  gapped.saw([6, 5], 1_000);
  gapped.saw([7, 5], 9_000);
  gapped.saw([8, 6], 10_000);
  gapped.saw([9, 7], 11_000);
  expect(gapped.last).toBe(10);
  gapped.strikes('zombie');
  gapped.saw([10, 8], 12_000);
  gapped.strikes('killed');
  gapped.saw([10, 8], 14_000);
  gapped.saw([11, 9], 14_500);
  expect(gapped.byFault()).toEqual({
    killed: { times: 2, median: 6.25, max: 10, beyond: { median: 6.25, max: 10 } },
    zombie: { times: 1, median: 1, max: 1, beyond: { median: 1, max: 1 } },
  });
});

test('a time without an answer counts, and an answer that came late hides nothing', () => {
  const gapped = new Gapped();
  gapped.saw([1], 0);
  gapped.strikes('broker killed');
  gapped.saw(null, 3_000);
  gapped.saw([2], 20_000);
  gapped.wasAway(18);
  const beyond = { median: 2, max: 2 };
  expect(gapped.byFault()).toEqual({ 'broker killed': { times: 1, median: 20, max: 20, beyond } });
});
