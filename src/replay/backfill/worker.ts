/**
 * What a thread of a backfill runs: one share, block by block.
 * Invariant: at most `LEAD_BLOCKS_MAX` blocks were said and not yet taken.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { HeadraceError } from '../../error.js';
import { groupsOfView } from '../../topology/fields.js';
import { type AnswerColumns, toColumns } from './answers.js';
import type { FileState } from './file-source.js';
import { computeShare, LEAD_BLOCKS_MAX, type Part, type Task } from './share.js';

/** What a thread is started with. */
export interface ThreadTask {
  readonly task: Task;
  readonly parts: readonly Part[];
}

/** Said to a thread: a block was taken, or nothing more is wanted. */
export type Order = 'taken' | 'end';

/** Said by a thread. An error loses its class on the way. */
export type Message =
  | { readonly kind: 'block'; readonly answers: readonly AnswerColumns[]; readonly files: readonly FileState[] }
  | {
      readonly kind: 'failed';
      readonly error: Pick<HeadraceError, 'code' | 'message' | 'remedy' | 'details'>;
    };

async function run({ task, parts }: ThreadTask): Promise<void> {
  const port = parentPort!;
  let lead = 0;
  const end = new AbortController();
  let wake = () => {};
  port.on('message', (order: Order) => {
    if (order === 'end') end.abort();
    else lead--;
    wake();
  });
  const say = (message: Message, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  try {
    const groups = groupsOfView(task.definition, task.view);
    for await (const block of computeShare(task, parts, end.signal)) {
      const answers = block.answers.map((rows, part) => toColumns(groups[parts[part]!.group]!, rows));
      const buffers = answers.flatMap(({ offsets, numbers }) => [offsets.buffer, numbers.buffer]);
      say({ kind: 'block', answers, files: block.files }, buffers);
      lead++;
      while (lead >= LEAD_BLOCKS_MAX && !end.signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (end.signal.aborted) break;
    }
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    const { code, message, remedy, details } = error;
    say({ kind: 'failed', error: { code, message, remedy, details } });
  } finally {
    // Without a port to listen to, the thread ends.
    port.close();
  }
}

await run(workerData as ThreadTask);
