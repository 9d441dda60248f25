import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareOut } from '../../../src/replay/backfill/share-out.js';
import type { GroupDefinition } from '../../../src/topology/definition.js';

/** All that counts of a group. */
const groupOf = (name: string, features: number, inboxPartitions = 4) =>
  ({ name, inboxPartitions, features: Array.from({ length: features }) }) as unknown as GroupDefinition;

const groups = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 8 })), { maxLength: 6 })
  .map((pairs) => pairs.map(([features, partitions], i) => groupOf(`g${i}`, features, partitions)));

describe('shareOut', () => {
  test('each inbox partition of each group is in one part, and no thread is idle', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 9 }), (some, threads) => {
        const shares = shareOut(some, threads);
        expect(shares.length).toBeLessThanOrEqual(threads);
        for (const parts of shares) expect(parts.length).toBeGreaterThan(0);
        const seen = shares.flat().flatMap(({ group, partitions }) => partitions.map((p) => `${group}/${p}`));
        const all = some.flatMap(({ inboxPartitions }, g) =>
          Array.from({ length: inboxPartitions }, (_, p) => `${g}/${p}`),
        );
        expect(seen.sort()).toEqual(all.sort());
      }),
    );
  });

  test('the heavy group of the flights has a thread of its own', () => {
    const flights = [groupOf('origin', 11), groupOf('plane', 4), groupOf('carrier', 4)];
    expect(shareOut(flights, 2).map((parts) => parts.map(({ group }) => group))).toEqual([[0], [1, 2]]);
    expect(shareOut(flights, 1)).toHaveLength(1);
  });

  test('a single group is split by its inbox partitions, but not further than it has any', () => {
    expect(shareOut([groupOf('one', 40)], 2)).toEqual([
      [{ group: 0, partitions: [0, 2] }],
      [{ group: 0, partitions: [1, 3] }],
    ]);
    expect(shareOut([groupOf('one', 40, 1)], 8)).toEqual([[{ group: 0, partitions: [0] }]]);
    expect(shareOut([], 3)).toEqual([]);
  });
});
