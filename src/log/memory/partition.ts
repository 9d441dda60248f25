/**
 * One partition of the memory log: entries by offset, of which readers see the committed data.
 * Method: as Kafka: open transactions hold the last stable offset back; their end writes a control entry, so offsets have gaps.
 * Invariant: `entries[i]` has offset `start + i`; below the last stable offset everything is decided.
 */
import { outOfRange } from '../errors.js';
import { RECORD_OVERHEAD_BYTES } from '../limits.js';
import type { Fetched, LogRecord, Outgoing, Partition } from '../log.js';

interface Entry {
  readonly record: LogRecord;
  readonly producer: number | null;
  /** Control entries, and data of aborted transactions. */
  hidden: boolean;
}

const copy = (bytes: Buffer | string | null | undefined): Buffer | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes as Buffer);

export class MemoryPartition {
  readonly #at: Partition;
  readonly #appendTime: boolean;
  #entries: Entry[] = [];
  #start = 0;
  /** First offset of each open transaction, by producer. */
  readonly #open = new Map<number, number>();
  readonly #watchers = new Set<() => void>();

  constructor(at: Partition, appendTime: boolean) {
    this.#at = { topic: at.topic, partition: at.partition };
    this.#appendTime = appendTime;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#entries.length;
  }

  get lastStable(): number {
    return Math.max(this.#start, Math.min(this.end, ...this.#open.values()));
  }

  /** @returns the offset of the first record */
  append(records: readonly Outgoing[], now: number, producer: number | null): number {
    const base = this.end;
    if (producer !== null && !this.#open.has(producer)) this.#open.set(producer, base);
    for (const { key, value, headers, timestamp } of records) {
      const copied: Record<string, Buffer> = {};
      for (const [name, bytes] of Object.entries(headers ?? {})) copied[name] = copy(bytes)!;
      const record: LogRecord = {
        offset: this.end,
        timestamp: this.#appendTime ? now : (timestamp ?? now),
        key: copy(key),
        value: copy(value),
        headers: copied,
      };
      this.#entries.push({ record, producer, hidden: false });
    }
    if (producer === null) this.#changed();
    return base;
  }

  /** Ends a producer's transaction here, if it has one. */
  finish(producer: number, commit: boolean, now: number): void {
    const first = this.#open.get(producer);
    if (first === undefined) return;
    for (let offset = Math.max(first, this.#start); !commit && offset < this.end; offset++) {
      const entry = this.#entries[offset - this.#start]!;
      if (entry.producer === producer) entry.hidden = true;
    }
    const record: LogRecord = { offset: this.end, timestamp: now, key: null, value: null, headers: {} };
    this.#entries.push({ record, producer, hidden: true });
    this.#open.delete(producer);
    this.#changed();
  }

  /** @throws HeadraceError `OFFSET_OUT_OF_RANGE` */
  read(from: number, maxBytes: number): Fetched {
    if (from < this.#start || from > this.end) {
      throw outOfRange({ ...this.#at, offset: from }, { start: this.#start, end: this.end });
    }
    const lastStableOffset = this.lastStable;
    const records: LogRecord[] = [];
    let next = from;
    let bytes = 0;
    for (; next < lastStableOffset; next++) {
      const { record, hidden } = this.#entries[next - this.#start]!;
      if (hidden) continue;
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
      if (bytes > maxBytes && records.length > 0) break;
      records.push(record);
    }
    return { ...this.#at, from, next, lastStableOffset, records };
  }

  /** As retention does: what lies before `before` is gone. */
  deleteBefore(before: number): void {
    const count = Math.min(Math.max(0, before - this.#start), this.#entries.length);
    this.#entries = this.#entries.slice(count);
    this.#start += count;
    this.#changed();
  }

  /** Calls `changed` after each change that may interest a reader; returns how to stop that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** The topic was deleted: readers look, and find that. */
  drop(): void {
    this.#changed();
  }

  #changed(): void {
    for (const changed of [...this.#watchers]) changed();
  }
}
