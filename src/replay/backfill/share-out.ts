/**
 * Who runs what: a view's groups shared out among threads.
 * Method: costs are estimated by the number of features (a query for each) and what a row costs besides; the costliest part goes to the
 * thread that has least so far. A group is split by inbox partitions, as live tasks are, where the longest thread becomes shorter by it.
 * Invariant: each inbox partition of each group is in exactly one part.
 */
import { availableParallelism } from 'node:os';
import type { GroupDefinition } from '../../topology/definition.js';
import type { Part } from './share.js';

export const THREADS_MAX = 16;
/** Rows that are computed sooner than another thread starts. */
const THREAD_ROWS_MIN = 20_000;

/** @param rows of all files. @returns how many threads are worth starting: from 1, one a core at most */
export const defaultThreads = (rows: number): number =>
  Math.max(1, Math.min(availableParallelism(), THREADS_MAX, Math.floor(rows / THREAD_ROWS_MIN)));

/** What reading, merging and routing a row costs beside its features, in features; every part of a group bears it. */
const ROW_COST = 4;
/** A split must shorten the longest thread to this share of it. */
const WORTH = 0.9;

/**
 * @param threads at most so many; from 1
 * @returns for each thread its parts; fewer threads where more would not shorten the work
 */
export function shareOut(groups: readonly GroupDefinition[], threads: number): readonly (readonly Part[])[] {
  const pieces = groups.map(() => 1);
  let best = pack(groups, pieces, threads);
  for (;;) {
    const longest = best.reduce((a, b) => (b.cost > a.cost ? b : a));
    const split = longest.parts
      .map(({ group }) => group)
      .filter((group) => pieces[group]! < Math.min(threads, groups[group]!.inboxPartitions))
      .sort((a, b) => partCost(groups[b]!, pieces[b]!) - partCost(groups[a]!, pieces[a]!))[0];
    if (split === undefined) break;
    pieces[split]!++;
    const other = pack(groups, pieces, threads);
    if (Math.max(...other.map(({ cost }) => cost)) > longest.cost * WORTH) break;
    best = other;
  }
  return best.map(({ parts }) => parts).filter((parts) => parts.length > 0);
}

const partCost = (group: GroupDefinition, pieces: number) => ROW_COST + group.features.length / pieces;

function pack(groups: readonly GroupDefinition[], pieces: readonly number[], threads: number) {
  const parts = groups.flatMap((group, index) =>
    Array.from({ length: pieces[index]! }, (_, piece) => ({
      group: index,
      partitions: Array.from({ length: group.inboxPartitions }, (_, p) => p).filter(
        (p) => p % pieces[index]! === piece,
      ),
      cost: partCost(group, pieces[index]!),
    })),
  );
  const packed = Array.from({ length: threads }, () => ({ cost: 0, parts: [] as Part[] }));
  for (const { group, partitions, cost } of parts.sort((a, b) => b.cost - a.cost)) {
    const least = packed.reduce((a, b) => (b.cost < a.cost ? b : a));
    least.parts.push({ group, partitions });
    least.cost += cost;
  }
  return packed;
}
