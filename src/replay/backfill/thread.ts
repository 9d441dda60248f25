/**
 * A share in a thread of its own, seen from outside: its blocks, in order.
 * Invariants: whatever the thread dies of reaches the caller; after `close` it is gone.
 */
import type { Worker } from 'node:worker_threads';
import { HeadraceError } from '../../error.js';
import { startThread } from '../../runtime/start-thread.js';
import { groupsOfView } from '../../topology/fields.js';
import { fromColumns } from './answers.js';
import { type Block, interrupted } from './share.js';
import type { Message, Order, ThreadTask } from './worker.js';

/** Asked to end, a thread closes its files by itself; one that does not in time is terminated. */
const CLOSE_MS_MAX = 5000;

export class Thread {
  readonly #task: ThreadTask;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #blocks: Extract<Message, { kind: 'block' }>[] = [];
  #failure: unknown = null;
  #wake = () => {};
  readonly #signal: AbortSignal | null;
  readonly #interrupt = () => this.#fail(interrupted());

  /** @param signal ends the waiting for a block with `BACKFILL_INTERRUPTED` */
  constructor(task: ThreadTask, signal: AbortSignal | null = null) {
    this.#task = task;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#interrupt);
    this.#worker = startThread(import.meta.url, './worker', { workerData: { ...task } });
    this.#worker.on('message', (message: Message) => {
      if (message.kind === 'block') this.#blocks.push(message);
      else this.#fail(failureOf(message.error));
      this.#wake();
    });
    this.#worker.on('error', (cause) => this.#fail(died(`stopped with: ${cause.message}`, cause)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (exit) => {
        // Only seen by who wants more blocks than there are.
        this.#fail(died(`ended with exit code ${exit}`));
        resolve();
      });
    });
  }

  /** The next block. Errors: what the thread failed with; `BACKFILL_THREAD_DIED`, `BACKFILL_INTERRUPTED` */
  async next(): Promise<Block> {
    for (;;) {
      const message = this.#blocks.shift();
      if (message !== undefined) {
        this.#worker.postMessage('taken' satisfies Order);
        const { task, parts } = this.#task;
        const groups = groupsOfView(task.definition, task.view);
        const answers = message.answers.map((columns, part) => fromColumns(groups[parts[part]!.group]!, columns));
        return { answers, files: message.files };
      }
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#interrupt);
    this.#worker.postMessage('end' satisfies Order);
    const late = setTimeout(() => void this.#worker.terminate(), CLOSE_MS_MAX);
    await this.#exited;
    clearTimeout(late);
  }

  #fail(failure: unknown): void {
    this.#failure ??= failure;
    this.#wake();
  }
}

const failureOf = ({ code, message, remedy, details }: Extract<Message, { kind: 'failed' }>['error']) =>
  new HeadraceError(code, message, { ...details, remedy });

const died = (how: string, cause?: unknown) =>
  new HeadraceError(
    'BACKFILL_THREAD_DIED',
    `a thread of the backfill ${how}; if it is memory, take fewer threads or raise --max-old-space-size`,
    { remedy: 'retry', cause },
  );
