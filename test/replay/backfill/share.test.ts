import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Answer } from '../../../src/replay/backfill/answers.js';
import { BLOCK_ROWS, computeShare, type Part } from '../../../src/replay/backfill/share.js';
import { groupsOfView } from '../../../src/topology/fields.js';
import { fare, remove, rows, taxi, write } from './taxi.js';

afterAll(remove);
const groups = groupsOfView(taxi, fare);
const WHOLE: readonly Part[] = groups.map((group, index) => ({
  group: index,
  partitions: [...range(group.inboxPartitions)],
}));

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** @returns by group, every answer by its offset, and the number of blocks */
async function answersOf(from: string, shares: readonly (readonly Part[])[]) {
  const byGroup = groups.map((): Answer[] => []);
  const blocks = [];
  for (const parts of shares) {
    let count = 0;
    for await (const { answers } of computeShare({ definition: taxi, view: fare, from }, parts)) {
      answers.forEach((some, part) => {
        for (const answer of some) expect(Math.floor(answer.offset / BLOCK_ROWS)).toBe(count);
        expect(some.map(({ offset }) => offset)).toEqual(some.map(({ offset }) => offset).sort((a, b) => a - b));
        byGroup[parts[part]!.group]!.push(...some);
      });
      count++;
    }
    blocks.push(count);
  }
  for (const answers of byGroup) answers.sort((a, b) => a.offset - b.offset);
  return { byGroup, blocks };
}

test('however inbox partitions are shared out, each row is answered once, and with the same bits', async () => {
  const places = WHOLE.flatMap(({ group, partitions }) => partitions.map((partition) => ({ group, partition })));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(2), { minLength: places.length, maxLength: places.length }),
      async (seed, rides, ties, shareOf) => {
        const from = write(rows(seed, rides, ties));
        const shares = range(3).map((share) =>
          WHOLE.map(({ group }) => ({
            group,
            partitions: places.filter((p, i) => p.group === group && shareOf[i] === share).map((p) => p.partition),
          })).filter(({ partitions }) => partitions.length > 0),
        );
        const whole = await answersOf(from, [WHOLE]);
        for (const answers of whole.byGroup) expect(answers.map(({ offset }) => offset)).toEqual(range(rides));
        expect(whole.blocks).toEqual([1]);
        const some = shares.filter((parts) => parts.length > 0);
        expect((await answersOf(from, some)).byGroup).toStrictEqual(whole.byGroup);
      },
    ),
    { numRuns: 30 },
  );
});

test('every share gives a block for each block of the scored event, the last one empty where nothing is left', async () => {
  for (const [rides, blocks] of [
    [BLOCK_ROWS - 1, 1],
    [BLOCK_ROWS, 2],
    [2 * BLOCK_ROWS + 1, 3],
  ] as const) {
    const from = write(rows(rides, rides, 2));
    const shares = [[WHOLE[0]!], [{ group: 1, partitions: [2] }]];
    expect((await answersOf(from, shares)).blocks).toEqual([blocks, blocks]);
  }
});

test('how far files were read, and what of them was not in known order, is told with each block', async () => {
  const events = rows(7, 300, 2);
  // The rows that follow a move down are behind; the two are.
  events.pays.push(...events.pays.splice(5, 2));
  const from = write(events);
  const states = [];
  for await (const { files } of computeShare({ definition: taxi, view: fare, from }, WHOLE)) states.push(files);
  expect(states.at(-1)).toEqual([
    { topic: 'rides', file: join(from, 'rides.ndjson'), read: 300, behind: 0, firstBehind: 0 },
    {
      topic: 'pays',
      file: join(from, 'pays.ndjson'),
      read: events.pays.length,
      behind: 2,
      firstBehind: events.pays.length - 1,
    },
  ]);
});

test('a share that is interrupted says so, and reads no further', async () => {
  const interrupt = new AbortController();
  const blocks = computeShare(
    { definition: taxi, view: fare, from: write(rows(8, 2 * BLOCK_ROWS, 1)) },
    WHOLE,
    interrupt.signal,
  );
  expect((await blocks.next()).done).toBe(false);
  interrupt.abort();
  await expect(blocks.next()).rejects.toMatchObject({ code: 'BACKFILL_INTERRUPTED', remedy: 'retry' });
  expect((await blocks.next()).done).toBe(true);
});
