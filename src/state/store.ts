/** The StateStore port: ordered bytes by key. The changelog is the truth; this is its local copy. */
export interface StateWrite {
  readonly key: Buffer;
  /** Null deletes. */
  readonly value: Buffer | null;
}

/** Key and value. */
export type Entry = readonly [Buffer, Buffer];

export interface StateStore {
  /** One look-up for all keys; undefined where there is none. Error: `STATE_UNREADABLE` (remedy: rebuild from the changelog). */
  getMany(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]>;
  /** All or nothing. */
  write(batch: readonly StateWrite[]): Promise<void>;
  /** Entries whose key starts with `prefix`, in key order. */
  iterate(prefix: Buffer): AsyncIterable<Entry>;
  /** The first of these, at most `max`, in one go. @param after null, or a key with that prefix: only those behind it */
  page(prefix: Buffer, after: Buffer | null, max: number): Promise<readonly Entry[]>;
  /** Deletes every key that starts with `prefix`. */
  clear(prefix: Buffer): Promise<void>;
  close(): Promise<void>;
}
