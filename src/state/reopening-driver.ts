/**
 * A driver whose database is opened anew behind a write that failed.
 * Goal: a full disk is an outage of the store, no more. Why: RocksDB goes on behind a record of its write-ahead log that it wrote in part.
 * What comes behind such a record is not found when the log is read again, so acknowledged writes are lost; and a later write may take the
 * same sequence numbers again, at which the process is aborted (`Assertion seq_per_batch_ failed`).
 * Method: writes go one by one; behind a failed one the next first tries whether there is room, then closes the database and
 * opens it. Until there is room, reads go on as they were. Invariant: nothing is written behind a failed write to the same log, so what
 * was acknowledged is there when the database is open again.
 */
import type { Range, RocksDriver } from './rocks-driver.js';
import type { Entry } from './store.js';

export class ReopeningDriver implements RocksDriver {
  readonly #open: () => Promise<RocksDriver>;
  readonly #probe: () => Promise<void>;
  /** Null: it was closed, and could not be opened. */
  #driver: RocksDriver | null;
  #spoiled = false;
  #writing: Promise<unknown> = Promise.resolve();
  /** While it is opened anew, nothing else begins. */
  #reopening: Promise<void> | null = null;
  #running = new Set<Promise<unknown>>();
  #iterators = new Set<AsyncIterator<Entry>>();

  /** @param probe rejects while nothing can be written */
  constructor(driver: RocksDriver, open: () => Promise<RocksDriver>, probe: () => Promise<void>) {
    this.#driver = driver;
    this.#open = open;
    this.#probe = probe;
  }

  getMany(keys: readonly Buffer[]) {
    return this.#use((driver) => driver.getMany(keys));
  }

  page(range: Range, max: number) {
    return this.#use((driver) => driver.page(range, max));
  }

  batch(operations: Parameters<RocksDriver['batch']>[0]) {
    return this.#write((driver) => driver.batch(operations));
  }

  clear(range: Range) {
    return this.#write((driver) => driver.clear(range));
  }

  /** Rejects in the middle where the database is opened anew meanwhile. */
  async *entries(range: Range): AsyncIterable<Entry> {
    const iterator = await this.#use(async (driver) => {
      const made = driver.entries(range)[Symbol.asyncIterator]();
      this.#iterators.add(made);
      return made;
    });
    try {
      for (;;) {
        const next = await this.#use(async () => {
          if (!this.#iterators.has(iterator)) throw new Error('the database was opened anew in the middle');
          return iterator.next();
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      if (this.#iterators.delete(iterator)) await iterator.return?.();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#reopening?.catch(() => {});
    await this.#driver?.close();
    this.#driver = null;
  }

  async #use<T>(work: (driver: RocksDriver) => Promise<T>): Promise<T> {
    while (this.#reopening !== null) await this.#reopening;
    if (this.#driver === null) await this.#reopen();
    const running = work(this.#driver!);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  #write(work: (driver: RocksDriver) => Promise<void>): Promise<void> {
    const written = this.#writing.then(async () => {
      if (this.#spoiled) {
        await this.#probe();
        await this.#reopen();
      }
      this.#spoiled = true;
      await this.#use(work);
      this.#spoiled = false;
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  #reopen(): Promise<void> {
    this.#reopening ??= (async () => {
      await Promise.allSettled(this.#running);
      for (const iterator of this.#iterators) await iterator.return?.();
      this.#iterators.clear();
      const closing = this.#driver;
      this.#driver = null;
      await closing?.close();
      this.#driver = await this.#open();
      this.#spoiled = false;
    })().finally(() => {
      this.#reopening = null;
    });
    return this.#reopening;
  }
}
