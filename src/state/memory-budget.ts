/**
 * One setting for the memory of a worker's state, and who may have how much of it.
 * Goal: a bound in bytes, whatever the number and skew of keys. Method: fixed shares: RocksDB's block cache and its write buffers;
 * decoded entities, equally among the tasks that are open now; the rest is left to what cannot be counted: a batch in hand,
 * records being written, RocksDB's indexes, and what the garbage collector has not found yet, of which V8 is told to leave less
 * (`boundGarbage`). Measured by `bench/memory.ts`.
 */
import { setFlagsFromString } from 'node:v8';

const BLOCK_CACHE_SHARE = 1 / 16;
/** Of one of two: RocksDB fills one while it writes the other to disk. */
const WRITE_BUFFER_SHARE = 1 / 32;
const ENTITIES_SHARE = 3 / 16;
const WRITE_BUFFER_BYTES_MAX = 64 * 1024 * 1024;

/** How much the heap may grow over what lives in it before V8 collects it; left to itself, it lets it grow to several times that. */
const GARBAGE_PERCENT = 80;

/** For a process whose state lives on the heap; from now on, for all of the process. */
export function boundGarbage(): void {
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
}

/** A task's part of it. */
export interface MemoryShare {
  /** Bytes that its entities may take now. */
  readonly bytesMax: () => number;
  close(): void;
}

export class MemoryBudget {
  readonly blockCacheBytesMax: number;
  readonly writeBufferBytesMax: number;
  readonly #entitiesBytesMax: number;
  #open = 0;

  /** @param bytesMax `memoryBytesMax` of the settings */
  constructor(bytesMax: number) {
    this.blockCacheBytesMax = Math.floor(bytesMax * BLOCK_CACHE_SHARE);
    this.writeBufferBytesMax = Math.min(WRITE_BUFFER_BYTES_MAX, Math.floor(bytesMax * WRITE_BUFFER_SHARE));
    this.#entitiesBytesMax = Math.floor(bytesMax * ENTITIES_SHARE);
  }

  /** For a task that opens; it closes its share with itself. */
  share(): MemoryShare {
    this.#open++;
    let open = true;
    return {
      bytesMax: () => Math.floor(this.#entitiesBytesMax / this.#open),
      close: () => {
        if (open) this.#open--;
        open = false;
      },
    };
  }
}
