/**
 * A task's changelog: the truth of its state; the local store is a copy that can be thrown away.
 * Goal: one checkpoint is one transaction. Method: records by state key, and last the checkpoint itself, all in one
 * transaction of the task's fenced producer, then into the store together with the changelog offset that it holds up to.
 * Invariant: the store never holds what the changelog does not.
 */
import { randomUUID } from 'node:crypto';
import { assert, HeadraceError } from '../error.js';
import {
  type Fetched,
  type Log,
  lastRecord,
  type Offsets,
  type Outgoing,
  type TransactionalProducer,
} from '../log/log.js';
import type { StateStore, StateWrite } from '../state/store.js';
import type { Clock } from './ports.js';
import { inTransaction } from './transaction.js';

/** No state key is empty, so this cannot collide. */
const CHECKPOINT_KEY = Buffer.alloc(0);
const FORMAT = 1;
/** Records of one write to the store. */
const STORE_BATCH_MAX = 2000;
/** One is on its way while the one before it is written. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
/** Half of `delete.retention.ms`, which is a day. */
const STORE_AGE_MAX_MS = 12 * 3_600_000;

export interface ChangelogOptions {
  readonly topic: string;
  readonly partition: number;
  /** Of the task's keys in the worker's store. */
  readonly prefix: Buffer;
  readonly log: Log;
  readonly store: StateStore;
  readonly clock: Clock;
}

interface Stored {
  readonly format: number;
  /** The changelog that it is a copy of. */
  readonly changelogId: string;
  /** When it was last written, ms. */
  readonly writtenAt: number;
  /** The changelog offset up to which the store holds everything. */
  readonly changelogOffset: number;
  readonly checkpoint: unknown;
}

/** The checkpoint that a store's copy holds up to. @param mark value of the store's record whose key is the task's prefix */
export const checkpointOf = (mark: Buffer): unknown => (JSON.parse(mark.toString()) as Stored).checkpoint;

/** `work` of a broker that is away may take long, and who aborts waits for nothing; null then. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return work;
  if (signal.aborted) {
    work.catch(() => undefined);
    return null;
  }
  let stop = () => {};
  const aborted = new Promise<null>((done) => {
    stop = () => done(null);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

export class Changelog<C> {
  readonly #options: ChangelogOptions;
  #offset = 0;
  /** The changelog's end when it was last restored to it. */
  #seen = -1;
  /** Given with the first checkpoint, and borne by every one: a topic that was made anew is another changelog. */
  #id: string | null = null;

  constructor(options: ChangelogOptions) {
    this.#options = options;
  }

  /**
   * Brings the store to the changelog's end. Call it after the fence. @returns the newest checkpoint, or null
   * @param signal ends it early, where it is: for a copy that nothing resumes from
   */
  async restore(onProgress?: (restored: number, of: number) => void, signal?: AbortSignal): Promise<C | null> {
    const { topic, partition, log, store, prefix } = this.#options;
    const startedAt = this.#options.clock.now();
    const isAborted = () => signal?.aborted === true;
    const begun = await unlessAborted(this.#ends(), signal);
    if (begun === null || isAborted()) return null;
    const { bounds } = begun;
    this.#id = begun.id;
    let stored = await this.#stored();
    if (stored !== null && !this.#isCopy(stored, bounds, this.#id)) stored = null;
    if (stored === null) await store.clear(prefix);
    let next = stored?.changelogOffset ?? bounds.start;
    let checkpoint = (stored?.checkpoint ?? null) as C | null;
    const from = next;
    const fetchFrom = (offset: number) => {
      const fetching = log.fetch({ topic, partition, offset }, { maxWaitMs: 1000, maxBytes: FETCH_BYTES_MAX });
      // Nobody may be there for its error: a write may fail first.
      fetching.catch(() => undefined);
      return fetching;
    };
    let coming = next < bounds.lastStable ? fetchFrom(next) : null;
    while (coming !== null && !isAborted()) {
      const fetched: Fetched | null = await unlessAborted(coming, signal);
      if (fetched === null) break;
      coming = fetched.next < bounds.lastStable ? fetchFrom(fetched.next) : null;
      for (let i = 0; i < fetched.records.length; i += STORE_BATCH_MAX) {
        const writes: StateWrite[] = [];
        for (const record of fetched.records.slice(i, i + STORE_BATCH_MAX)) {
          assert(record.key !== null, `every record of ${topic}/${partition} has a key`);
          if (record.key.length > 0) writes.push({ key: Buffer.concat([prefix, record.key]), value: record.value });
          else checkpoint = this.#parse(record.value!, record.offset).checkpoint;
        }
        await store.write(writes);
      }
      next = fetched.next;
      this.#offset = next;
      // An interrupted one goes on from here. Behind its checkpoint the store may hold a part of the next one, which is read to its end
      // then; what was deleted meanwhile is not known from here on, so the copy is as old as it was.
      if (checkpoint !== null) await store.write([this.#mark(checkpoint, stored?.writtenAt ?? startedAt)]);
      onProgress?.(next - from, bounds.lastStable - from);
    }
    this.#offset = next;
    if (isAborted()) return checkpoint;
    if (checkpoint !== null) await store.write([this.#mark(checkpoint)]);
    this.#seen = bounds.lastStable;
    return checkpoint;
  }

  /** For a copy beside the task's owner: as `restore`, without a fence. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { topic, partition, log } = this.#options;
    const ends = await unlessAborted(log.offsets([{ topic, partition }]), signal);
    if (ends !== null && ends[0]!.lastStable !== this.#seen) await this.restore(undefined, signal);
  }

  /** Records that the store lacks of the changelog; null where it has no copy that could go on. */
  async behind(): Promise<number | null> {
    const [{ bounds, id }, stored] = await Promise.all([this.#ends(), this.#stored()]);
    return stored !== null && this.#isCopy(stored, bounds, id) ? bounds.lastStable - stored.changelogOffset : null;
  }

  /** @param records of changed state, keys with the task's prefix, which the changelog leaves out */
  async checkpoint(producer: TransactionalProducer, records: readonly StateWrite[], checkpoint: C): Promise<void> {
    const { topic, partition, store, prefix } = this.#options;
    const outgoing: Outgoing[] = records.map(({ key, value }) => {
      return { topic, partition, key: key.subarray(prefix.length), value };
    });
    this.#id ??= randomUUID();
    const body = Buffer.from(JSON.stringify({ format: FORMAT, changelogId: this.#id, checkpoint }));
    outgoing.push({ topic, partition, key: CHECKPOINT_KEY, value: body });
    const appended = await inTransaction(producer, outgoing);
    // One behind the last record of this transaction: the marker after it is read again, which costs nothing.
    this.#offset = Math.max(this.#offset, appended[0]!.baseOffset + outgoing.length);
    // Some at a time, since the store makes a copy of what it is to write. Without the mark they are a part of the next checkpoint, which
    // the changelog has: see `restore`.
    let written = 0;
    for (; records.length - written > STORE_BATCH_MAX; written += STORE_BATCH_MAX) {
      await store.write(records.slice(written, written + STORE_BATCH_MAX));
    }
    await store.write([...records.slice(written), this.#mark(checkpoint)]);
  }

  #mark(checkpoint: C, writtenAt = this.#options.clock.now()): StateWrite {
    const stored: Stored = {
      format: FORMAT,
      changelogId: this.#id!,
      writtenAt,
      changelogOffset: this.#offset,
      checkpoint,
    };
    return { key: this.#options.prefix, value: Buffer.from(JSON.stringify(stored)) };
  }

  /** Whether the store is a copy of this changelog from which it can go on. */
  #isCopy(stored: Stored, { start, lastStable }: Offsets, id: string | null): boolean {
    if (stored.changelogId !== id) return false;
    // Deletions older than that may be compacted away: what they deleted would come back to life.
    if (this.#options.clock.now() - stored.writtenAt > STORE_AGE_MAX_MS) return false;
    return stored.changelogOffset >= start && stored.changelogOffset <= lastStable;
  }

  /** Where the changelog begins and ends, and which one it is. */
  async #ends(): Promise<{ bounds: Offsets; id: string | null }> {
    const { log, topic, partition } = this.#options;
    const [bounds] = await log.offsets([{ topic, partition }]);
    return { bounds: bounds!, id: await this.#newestId() };
  }

  async #newestId(): Promise<string | null> {
    const { log, topic, partition } = this.#options;
    const last = await lastRecord(log, { topic, partition });
    if (last === null) return null;
    assert(
      last.key?.length === 0 && last.value !== null,
      `${topic}/${partition} ends with a checkpoint, at ${last.offset}`,
    );
    return this.#parse(last.value, last.offset).changelogId;
  }

  async #stored(): Promise<Stored | null> {
    const [bytes] = await this.#options.store.getMany([this.#options.prefix]);
    if (bytes === undefined) return null;
    const stored = JSON.parse(bytes.toString()) as Stored;
    return stored.format === FORMAT ? stored : null;
  }

  #parse(value: Buffer, offset: number): { changelogId: string; checkpoint: C } {
    const parsed = JSON.parse(value.toString()) as { format: number; changelogId: string; checkpoint: C };
    if (parsed.format !== FORMAT) {
      const { topic, partition } = this.#options;
      throw new HeadraceError(
        'CHECKPOINT_UNREADABLE',
        `checkpoint in ${topic}/${partition} offset ${offset} has format ${parsed.format}, this version reads ${FORMAT}: run the version that wrote it, or give the group a new version`,
        { remedy: 'fix-environment' },
      );
    }
    return parsed;
  }
}
