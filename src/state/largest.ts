/**
 * The keys of a task that take most of the local store, as of its last checkpoint.
 * Cost: one pass over all records of the task, keys and values read once in key order (of a store much larger than RocksDB's block
 * cache that is its size in reads from disk), about 5 µs of processor time a record, and memory for 2n keys. Nothing waits for it:
 * the store gives a picture of one moment, and after each ENTRIES_PER_TURN_MAX records, about a millisecond, others have the
 * processor for as long.
 * Method: the records of an entity follow each other, since each begins with the entity's key.
 */
import { byBytes, type LargeKey } from '../contract/state-answers.js';
import { entityPart, keyOf } from './entity-key.js';
import type { StateStore } from './store.js';

export interface Largest {
  /** The record whose key is the prefix itself: the checkpoint's, written in one batch with the state. Null where there is none. */
  readonly mark: Buffer | null;
  /** Of all keys. */
  readonly keys: number;
  readonly records: number;
  readonly bytes: number;
  /** The first n by bytes. */
  readonly largest: readonly LargeKey[];
}

const ENTRIES_PER_TURN_MAX = 250;
const REST_MS = 1;

/** @param prefix of the task. Rejects with the signal's reason once that is aborted. Error: `STATE_UNREADABLE` */
export async function largestKeys(store: StateStore, prefix: Buffer, n: number, signal: AbortSignal): Promise<Largest> {
  const kept = new Kept(n);
  let mark: Buffer | null = null;
  let [keys, records, bytes] = [0, 0, 0];
  let part: Buffer | null = null;
  let [partRecords, partBytes] = [0, 0];
  let sinceTurn = 0;
  for await (const [key, value] of store.iterate(prefix)) {
    if (++sinceTurn >= ENTRIES_PER_TURN_MAX) {
      sinceTurn = 0;
      await new Promise((turn) => setTimeout(turn, REST_MS));
    }
    signal.throwIfAborted();
    if (key.length === prefix.length) {
      mark = Buffer.from(value);
      continue;
    }
    const next = entityPart(key, prefix.length);
    if (part === null || !part.equals(next)) {
      if (part !== null) kept.add(part, partBytes, partRecords);
      part = Buffer.from(next);
      keys++;
      [partRecords, partBytes] = [0, 0];
    }
    partRecords++;
    partBytes += key.length + value.length;
    records++;
    bytes += key.length + value.length;
  }
  if (part !== null) kept.add(part, partBytes, partRecords);
  return { mark, keys, records, bytes, largest: kept.first() };
}

/** The first n of what is added: twice as many are held, and cut now and then. */
class Kept {
  readonly #n: number;
  #held: LargeKey[] = [];
  /** What takes less cannot be among the first n. */
  #least = 0;

  constructor(n: number) {
    this.#n = n;
  }

  add(part: Buffer, bytes: number, records: number): void {
    if (bytes < this.#least) return;
    this.#held.push({ key: keyOf(part), bytes, records });
    if (this.#held.length >= 2 * this.#n) this.#cut();
  }

  first(): readonly LargeKey[] {
    this.#cut();
    return this.#held;
  }

  #cut(): void {
    this.#held.sort(byBytes);
    this.#held.length = Math.min(this.#held.length, this.#n);
    if (this.#held.length === this.#n) this.#least = this.#held.at(-1)!.bytes;
  }
}
