/** Reads a partition from its start to the end that it had when the reader was opened. */
import type { Log, LogRecord, Partition } from '../log/log.js';

const FETCH_BYTES_MAX = 1024 * 1024;

export class PartitionReader {
  readonly start: number;
  readonly #log: Log;
  readonly at: Partition;
  readonly #end: number;
  #next: number;

  private constructor(log: Log, at: Partition, start: number, end: number) {
    this.#log = log;
    this.at = at;
    this.start = start;
    this.#next = start;
    this.#end = end;
  }

  static async open(log: Log, at: Partition): Promise<PartitionReader> {
    const [bounds] = await log.offsets([at]);
    return new PartitionReader(log, at, bounds!.start, bounds!.lastStable);
  }

  get ended(): boolean {
    return this.#next >= this.#end;
  }

  /** The next records with a value; may be none where only markers were read. */
  async next(): Promise<readonly LogRecord[]> {
    const fetched = await this.#log.fetch(
      { ...this.at, offset: this.#next },
      { maxWaitMs: 1000, maxBytes: FETCH_BYTES_MAX },
    );
    this.#next = fetched.next;
    return fetched.records.filter((record) => record.value !== null && record.offset < this.#end);
  }
}
