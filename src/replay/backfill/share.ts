/**
 * A share of a backfill: some groups, or inbox partitions of groups, over the files that they read.
 * Method: the file that is least far known is read next, since the others' rows wait for it; answers are given in blocks, each of which
 * holds every answer of the share to the same rows of the scored event's file. Invariants: block k is about the rows from
 * k * BLOCK_ROWS; the last block, which may be empty, is given when every file was read to its end.
 */
import { HeadraceError } from '../../error.js';
import { neededFields } from '../../feature/inbox-rows.js';
import type { EventDefinition, TopologyDefinition, ViewDefinition } from '../../topology/definition.js';
import { groupsOfView } from '../../topology/fields.js';
import type { Answer } from './answers.js';
import { FileSource, type FileState } from './file-source.js';
import { GroupRun } from './group-run.js';

export const BLOCK_ROWS = 2048;
/** Blocks that a share in another thread may be ahead of what was taken: it bounds what waits between threads. */
export const LEAD_BLOCKS_MAX = 4;

/** What is computed; plain data. */
export interface Task {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  /** Folder with `<topic>.parquet` or `<topic>.ndjson` of every event that the view's groups read. */
  readonly from: string;
}

/** Some inbox partitions of one group. */
export interface Part {
  /** Index into the view's groups. */
  readonly group: number;
  readonly partitions: readonly number[];
}

export interface Block {
  /** By part, each by rising offset. */
  readonly answers: readonly (readonly Answer[])[];
  /** How far the share has read its files. */
  readonly files: readonly FileState[];
}

/**
 * @param signal ends it between two reads
 * Errors: `FILE_NOT_FOUND`; those of `FileSource`, naming file and row; `BACKFILL_INTERRUPTED`
 */
export async function* computeShare(
  task: Task,
  parts: readonly Part[],
  signal: AbortSignal | null = null,
): AsyncGenerator<Block, undefined> {
  const { definition, view } = task;
  const groups = groupsOfView(definition, view);
  const runs = parts.map(({ group, partitions }) => new GroupRun(definition, groups[group]!, view.score, partitions));
  const files = openFiles(task, runs);
  const blockTo = (end: number): Block => ({
    answers: runs.map((run) => run.take(end)),
    files: files.map((file) => file.state),
  });
  let end = BLOCK_ROWS;
  try {
    for (let file = leastKnown(files); file !== null; file = leastKnown(files)) {
      if (signal?.aborted) throw interrupted();
      const frame = await file.next();
      for (const run of runs) run.apply(file.event.topic, frame);
      for (; runs.every(({ answered }) => answered >= end); end += BLOCK_ROWS) yield blockTo(end);
    }
    yield blockTo(end);
    return undefined;
  } finally {
    for (const file of files) await file.close();
  }
}

function openFiles({ definition, from }: Task, runs: readonly GroupRun[]): FileSource[] {
  const fieldsOf = (event: EventDefinition) =>
    runs.flatMap(({ inputs }) => inputs.filter((input) => input.event === event).flatMap(neededFields));
  return definition.events
    .filter((event) => runs.some(({ inputs }) => inputs.some((input) => input.event === event)))
    .map((event) => new FileSource(event, from, fieldsOf(event)));
}

/** Of the files that have not ended. */
function leastKnown(files: readonly FileSource[]): FileSource | null {
  let least: FileSource | null = null;
  for (const file of files) if (!file.ended && (least === null || file.mark < least.mark)) least = file;
  return least;
}

export const interrupted = () =>
  new HeadraceError('BACKFILL_INTERRUPTED', 'the backfill was interrupted before its end', { remedy: 'retry' });
