/**
 * The StateStore of a worker: one RocksDB database a process, keys prefixed by task.
 * Writes are not synced, since the changelog is the truth. Errors: `STATE_UNREADABLE`, `STATE_NOT_WRITTEN`, `NODE_UNSUPPORTED`.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { HeadraceError } from '../error.js';
import { ReopeningDriver } from './reopening-driver.js';
import { type Operation, openDriver, type Range, type RocksDriver, type RocksOptions } from './rocks-driver.js';
import type { StateStore } from './store.js';

const BLOCK_CACHE_BYTES_MAX = 64 * 1024 * 1024;
const WRITE_BUFFER_BYTES_MAX = 4 * 1024 * 1024;
/** More than RocksDB writes when it opens a database. */
const PROBE_BYTES = 1024 * 1024;
/** Nothing lies between a key and the key with this behind it. */
const NEXT_BYTE = Buffer.from([0]);

/** @param path folder of the database, made if it is not there; one process can open it at a time */
export async function openRocksStore(path: string, options: Partial<RocksOptions> = {}): Promise<StateStore> {
  const nodeMajor = Number(process.versions.node.split('.')[0]);
  await mkdir(path, { recursive: true });
  const blockCacheBytesMax = options.blockCacheBytesMax ?? BLOCK_CACHE_BYTES_MAX;
  const writeBufferBytesMax = options.writeBufferBytesMax ?? WRITE_BUFFER_BYTES_MAX;
  const open = () => openDriver(nodeMajor, path, { blockCacheBytesMax, writeBufferBytesMax });
  let driver: RocksDriver;
  try {
    driver = await open();
  } catch (cause) {
    throw failed('STATE_UNREADABLE', path, 'cannot be opened (a worker that still runs may hold it)', cause);
  }
  const again = () =>
    open().catch((cause) => {
      throw failed('STATE_NOT_WRITTEN', path, 'cannot be opened again behind a failed write', cause);
    });
  return rocksStore(new ReopeningDriver(driver, again, () => probeRoom(`${path}.room`)), path);
}

/** Rejects where there is no room for a file. */
async function probeRoom(file: string): Promise<void> {
  try {
    await writeFile(file, Buffer.alloc(PROBE_BYTES));
  } finally {
    await rm(file, { force: true });
  }
}

/** The port over a driver. */
export function rocksStore(driver: RocksDriver, path: string): StateStore {
  const reading = (cause: unknown) => failed('STATE_UNREADABLE', path, 'cannot be read', cause);
  const writing = (cause: unknown) => failed('STATE_NOT_WRITTEN', path, 'cannot be written', cause);
  return {
    async getMany(keys) {
      if (keys.length === 0) return [];
      try {
        return await driver.getMany(keys);
      } catch (cause) {
        throw reading(cause);
      }
    },
    async write(batch) {
      const operations: Operation[] = batch.map(({ key, value }) =>
        value === null ? { type: 'del', key } : { type: 'put', key, value },
      );
      try {
        if (operations.length > 0) await driver.batch(operations);
      } catch (cause) {
        throw writing(cause);
      }
    },
    async *iterate(prefix) {
      try {
        yield* driver.entries(rangeOf(prefix));
      } catch (cause) {
        throw reading(cause);
      }
    },
    async page(prefix, after, max) {
      const range = rangeOf(prefix);
      try {
        return await driver.page(after === null ? range : { ...range, gte: Buffer.concat([after, NEXT_BYTE]) }, max);
      } catch (cause) {
        throw reading(cause);
      }
    },
    async clear(prefix) {
      try {
        await driver.clear(rangeOf(prefix));
      } catch (cause) {
        throw writing(cause);
      }
    },
    async close() {
      await driver.close();
    },
  };
}

/** The keys that start with `prefix`: up to the next one that does not, if there can be one. */
export function rangeOf(prefix: Buffer): Range {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return { gte: prefix };
  const lt = Buffer.from(prefix.subarray(0, length));
  lt[length - 1]!++;
  return { gte: prefix, lt };
}

function failed(code: 'STATE_UNREADABLE' | 'STATE_NOT_WRITTEN', path: string, what: string, cause: unknown) {
  if (cause instanceof HeadraceError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const next =
    code === 'STATE_UNREADABLE'
      ? 'stop what holds it, or remove the folder: it is rebuilt from the changelog'
      : 'free space on its disk, or correct its rights';
  return new HeadraceError(code, `state store ${path} ${what}: ${why}; ${next}`, {
    // Either way the task opens again: it builds its copy anew, or finds room where there was none.
    remedy: 'restart-task',
    cause,
    path,
  });
}
