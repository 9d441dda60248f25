import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balance } from '../../src/log/balance.js';

const ids = ['a', 'b', 'c', 'd', 'e'];
const candidates = fc
  .uniqueArray(fc.constantFrom(...ids), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((id) => fc.array(fc.nat(14)).map((owned) => ({ id, owned })))));

test('every partition has one member, shares differ by one at most, and input order does not matter', () => {
  fc.assert(
    fc.property(candidates, fc.nat(14), (members, partitions) => {
      const dealt = balance(members, partitions);
      const all = [...dealt.values()].flat().sort((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
      const sizes = [...dealt.values()].map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect([...dealt.keys()].sort()).toEqual(members.map(({ id }) => id).sort());
    }),
  );
});

test('moves no more than evenness asks for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(14),
      (before, after, partitions) => {
        const join = (count: number, owned: ReadonlyMap<string, readonly number[]>) =>
          balance(
            ids.slice(0, count).map((id) => ({ id, owned: owned.get(id) ?? [] })),
            partitions,
          );
        const first = join(before, new Map());
        const second = join(after, first);
        const kept = [...second].map(
          ([id, now]) => now.filter((partition) => first.get(id)?.includes(partition)).length,
        );
        const possible = [...second].map(([id, now]) => Math.min(now.length, first.get(id)?.length ?? 0));
        const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
        expect(sum(kept)).toBe(sum(possible));
      },
    ),
  );
});

test('what moves goes to a member that has its state; nobody loses more than evenness asks for', () => {
  const members = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(9), { maxLength: 14 }))
    .chain(([count, owners]) =>
      fc.tuple(
        ...ids.slice(0, count).map((id, n) =>
          fc.uniqueArray(fc.nat(14)).map((warm) => ({
            id,
            // Whose owner is beyond the members belongs to nobody.
            owned: owners.flatMap((owner, partition) => (owner === n ? [partition] : [])),
            warm,
          })),
        ),
      ),
    );
  fc.assert(
    fc.property(members, fc.nat(14), (all, partitions) => {
      const dealt = balance(all, partitions);
      expect([...dealt.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, n) => n));
      const cold = balance(
        all.map(({ id, owned }) => ({ id, owned })),
        partitions,
      );
      for (const { id, owned, warm } of all) {
        for (const partition of dealt.get(id)!) {
          const somewhere = all.some((member) => member.warm.includes(partition) && !member.owned.includes(partition));
          expect(owned.includes(partition) || warm.includes(partition) || !somewhere).toBe(true);
        }
        const kept = (deal: typeof dealt) => deal.get(id)!.filter((partition) => owned.includes(partition)).length;
        expect(kept(dealt)).toBeGreaterThanOrEqual(kept(cold));
      }
    }),
  );
});

test('who comes back takes of each what it has the state of', () => {
  const dealt = balance(
    [
      { id: 'a', owned: [0, 1, 2], warm: [] },
      { id: 'b', owned: [3, 4, 5], warm: [] },
      { id: 'c', owned: [], warm: [0, 3] },
    ],
    6,
  );
  expect(dealt).toEqual(
    new Map([
      ['a', [1, 2]],
      ['b', [4, 5]],
      ['c', [0, 3]],
    ]),
  );
});

test('a member that has the state of all that it owns gives others their share, though they have none', () => {
  const all = [0, 1, 2, 3, 4, 5];
  const dealt = balance(
    [
      { id: 'a', owned: all, warm: all },
      { id: 'b', owned: [], warm: [] },
    ],
    6,
  );
  expect([...dealt.values()].map(({ length }) => length)).toEqual([3, 3]);
});

test('nobody gets nothing', () => {
  expect(balance([], 3)).toEqual(new Map());
});
