/** The StateStore port: ordered bytes by key. The changelog is the truth; this is its local copy. */
export interface StateWrite {
  readonly key: Buffer;
  /** Null deletes. */
  readonly value: Buffer | null;
}

export interface StateStore {
  /** One look-up for all keys; undefined where there is none. Error: `STATE_UNREADABLE` (remedy: rebuild from the changelog). */
  getMany(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]>;
  /** All or nothing. */
  write(batch: readonly StateWrite[]): Promise<void>;
  /** Entries whose key starts with `prefix`, in key order. @param after a key with that prefix: only those behind it */
  iterate(prefix: Buffer, after?: Buffer): AsyncIterable<readonly [Buffer, Buffer]>;
  /** Deletes every key that starts with `prefix`. */
  clear(prefix: Buffer): Promise<void>;
  close(): Promise<void>;
}
