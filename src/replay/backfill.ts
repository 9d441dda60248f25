/**
 * Computes a view's vectors from files, with no Kafka at all.
 * Goal: the bits that serving gives, at the speed of the machine. Method: the same merge, core and vectors as in the stages, fed with
 * the files as if each were a raw topic of one partition with marks; the groups are shared out among threads, each of which reads the
 * files that it needs, and their answers are put together by the row of the scored event. Invariants: rows and bits do not depend on
 * the number of threads; of each file some batches are in memory, and of each share at most `LEAD_BLOCKS_MAX` + 1 blocks.
 */
import type { AdmittedRow, VectorsRow } from '../contract/frames.js';
import { assert } from '../error.js';
import { vectorMaker } from '../inference/vector.js';
import { groupsOfView, keyFields } from '../topology/fields.js';
import type { Answer } from './backfill/answers.js';
import { FileSource, type FileState } from './backfill/file-source.js';
import { BLOCK_ROWS, type Block, computeShare, interrupted, type Part, type Task } from './backfill/share.js';
import { shareOut, THREADS_MAX } from './backfill/share-out.js';
import { Thread } from './backfill/thread.js';

export interface BackfillOptions extends Task {
  /** At most so many threads compute, beside the caller's; 1, unless given: everything in the caller's thread. */
  readonly threads?: number;
  /** Ends it with `BACKFILL_INTERRUPTED`. */
  readonly signal?: AbortSignal;
  /** @param read events of all files so far */
  readonly onProgress?: (read: number) => void;
  /** Told at the end of each file that is not sorted by known time. */
  readonly onUnsorted?: (file: UnsortedFile) => void;
}

/** Each row that says it was known before one above it was taken as known when that one was. */
export interface UnsortedFile {
  readonly topic: string;
  readonly file: string;
  /** How many such rows. */
  readonly rows: number;
  /** The first of them, from 1. */
  readonly firstRow: number;
}

/** A scored event and its vector. */
export interface Backfilled {
  /** Brings what the vector was made of, its id and its time. */
  readonly row: AdmittedRow;
  readonly vector: VectorsRow;
}

/**
 * The vectors of every scored event of the file, in its order.
 * Errors: `FILE_NOT_FOUND`, `FILE_MALFORMED`, and those of `checkEvent`, naming file and row; `BACKFILL_THREAD_DIED`, `BACKFILL_INTERRUPTED`
 */
export async function* backfill(options: BackfillOptions): AsyncGenerator<readonly VectorsRow[]> {
  for await (const rows of backfillRows(options)) yield rows.map(({ vector }) => vector);
}

/** As `backfill`, each vector beside its event. */
export async function* backfillRows(options: BackfillOptions): AsyncGenerator<readonly Backfilled[]> {
  const { definition, view, from, threads = 1, signal = null } = options;
  const task = { definition, view, from };
  const groups = groupsOfView(definition, view);
  const scored = openScored(task);
  const parts = shareOut(groups, Math.min(Math.max(1, threads), THREADS_MAX));
  const shares: Share[] = [];
  try {
    for (const some of parts)
      shares.push(threads === 1 ? here(task, some, signal) : new Thread({ task, parts: some }, signal));
    const { make } = vectorMaker(definition, view);
    const rows: AdmittedRow[] = [];
    for (let isLast = false; !isLast; ) {
      if (signal?.aborted) throw interrupted();
      while (rows.length < BLOCK_ROWS && !scored.ended) rows.push(...(await scored.next()).rows);
      const block = rows.splice(0, BLOCK_ROWS);
      isLast = block.length < BLOCK_ROWS;
      const blocks = await Promise.all(shares.map((share) => share.next()));
      const answers = joined(groups.length, block, parts, blocks);
      const answersTo = (i: number) => answers.map((ofGroup) => ofGroup[i]!);
      if (block.length > 0) yield block.map((row, i) => ({ row, vector: make(row, answersTo(i)) }));
      const files = leastRead([scored.state], ...blocks.map(({ files }) => files));
      options.onProgress?.(files.reduce((sum, { read }) => sum + read, 0));
      if (isLast) tellUnsorted(files, options);
    }
  } finally {
    await Promise.all([scored.close(), ...shares.map((share) => share.close())]);
  }
}

/** What gives the blocks of a share, one after the other. */
interface Share {
  next(): Promise<Block>;
  close(): Promise<void>;
}

function here(task: Task, parts: readonly Part[], signal: AbortSignal | null): Share {
  const blocks = computeShare(task, parts, signal);
  return {
    async next() {
      const { value } = await blocks.next();
      assert(value !== undefined, 'a share has a block for every block of the scored event');
      return value;
    },
    async close() {
      await blocks.return(undefined);
    },
  };
}

/** The scored event's file, with what vectors need of it. */
function openScored({ definition, view, from }: Task): FileSource {
  const event = definition.events.find(({ topic }) => topic === view.score);
  assert(event !== undefined, `the topology has ${view.score}, which view ${view.name} scores`);
  return new FileSource(event, from, [...keyFields(definition, view), ...view.fields.map(({ of }) => of.field)]);
}

/** @returns by group, the answer to each row of a block */
function joined(
  groups: number,
  block: readonly AdmittedRow[],
  parts: readonly (readonly Part[])[],
  blocks: readonly Block[],
): readonly (readonly Answer[])[] {
  const first = block[0]?.offset ?? 0;
  const byGroup = Array.from({ length: groups }, () => new Array<Answer | undefined>(block.length));
  const counts = new Array<number>(groups).fill(0);
  blocks.forEach(({ answers }, share) => {
    answers.forEach((some, part) => {
      const { group } = parts[share]![part]!;
      for (const answer of some) byGroup[group]![answer.offset - first] = answer;
      counts[group]! += some.length;
    });
  });
  for (const [group, rows] of byGroup.entries()) {
    const isWhole = counts[group] === block.length && rows.length === block.length && !rows.includes(undefined);
    assert(isWhole, `group ${group + 1} of the view answers each row of the block from row ${first + 1} once`);
  }
  return byGroup as Answer[][];
}

/** Of each file, what the one that has read least of it says. */
function leastRead(...readers: readonly (readonly FileState[])[]): readonly FileState[] {
  const least = new Map<string, FileState>();
  for (const state of readers.flat()) {
    const other = least.get(state.topic);
    if (other === undefined || state.read < other.read) least.set(state.topic, state);
  }
  return [...least.values()];
}

function tellUnsorted(files: readonly FileState[], { onUnsorted }: BackfillOptions): void {
  for (const { topic, file, behind, firstBehind } of files) {
    if (behind > 0) onUnsorted?.({ topic, file, rows: behind, firstRow: firstBehind });
  }
}
