/**
 * The RocksDB binding that this Node can load, chosen by its version before any import: `rocksdb` aborts the whole process on
 * Node 21 and later, `@nxtedition/rocksdb` (an optional dependency) loads there.
 * Errors: `NODE_UNSUPPORTED`.
 */
import { HeadraceError } from '../error.js';
import type { Entry } from './store.js';

export interface Range {
  readonly gte: Buffer;
  /** Absent where no key can be behind the range. */
  readonly lt?: Buffer;
}

export type Operation =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: Buffer };

/** What both bindings can do. Errors are the binding's own. */
export interface RocksDriver {
  getMany(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]>;
  batch(operations: readonly Operation[]): Promise<void>;
  entries(range: Range): AsyncIterable<Entry>;
  /** The first entries of a range. */
  page(range: Range, max: number): Promise<readonly Entry[]>;
  clear(range: Range): Promise<void>;
  close(): Promise<void>;
}

export interface RocksOptions {
  /** Of blocks that were read from disk, bytes. */
  readonly blockCacheBytesMax: number;
  /** Of what was written and is not on disk yet; there are two of them. */
  readonly writeBufferBytesMax: number;
}

/** One file of the database. Large files are few, and so are the indexes and handles that they take. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** What a look-up reads and unpacks: smaller ones make larger indexes. */
const BLOCK_BYTES = 1024;
/** That `@nxtedition/rocksdb` makes of its budget: each takes a quarter. */
const MEMTABLES = 4;
/** The last major version of Node that `rocksdb` works on. */
const LEVELDOWN_NODE_MAX = 20;
const NXTEDITION = '@nxtedition/rocksdb';

/** @param nodeMajor of `process.versions.node`. Errors: `NODE_UNSUPPORTED`, and the binding's own */
export async function openDriver(nodeMajor: number, path: string, options: RocksOptions): Promise<RocksDriver> {
  return nodeMajor <= LEVELDOWN_NODE_MAX ? openLevelDown(path, options) : openNxtedition(nodeMajor, path, options);
}

type Callback<T = void> = (error: Error | null | undefined, value?: T) => void;
/** The part of `rocksdb` (an abstract-leveldown) that is used; it brings no types. */
interface LevelDown {
  open(options: object, done: Callback): void;
  close(done: Callback): void;
  getMany(keys: readonly Buffer[], options: object, done: Callback<(Buffer | undefined)[]>): void;
  batch(operations: readonly Operation[], options: object, done: Callback): void;
  clear(range: Range, done: Callback): void;
  iterator(options: object): {
    next(done: (error: Error | null | undefined, key?: Buffer, value?: Buffer) => void): void;
    end(done: Callback): void;
  };
}

const called = <T>(call: (done: Callback<T>) => void) =>
  new Promise<T>((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value as T))));

async function openLevelDown(path: string, options: RocksOptions): Promise<RocksDriver> {
  const name: string = 'rocksdb';
  const { default: open } = (await import(name)) as { default: (path: string) => LevelDown };
  const db = open(path);
  const { blockCacheBytesMax, writeBufferBytesMax } = options;
  const sizes = {
    cacheSize: blockCacheBytesMax,
    blockSize: BLOCK_BYTES,
    writeBufferSize: writeBufferBytesMax,
    maxFileSize: FILE_BYTES_MAX,
    // Records are packed already: packing blocks of them costs more processor time than it saves room.
    compression: false,
  };
  await called((done) => db.open({ createIfMissing: true, errorIfExists: false, ...sizes }, done));
  return {
    getMany: (keys) => called((done) => db.getMany(keys, { asBuffer: true }, done)),
    // Not synced: the changelog is the truth, and a lost write is read again from there.
    batch: (operations) => called((done) => db.batch(operations, { sync: false }, done)),
    async *entries(range) {
      const iterator = db.iterator({ ...range, keyAsBuffer: true, valueAsBuffer: true });
      try {
        for (;;) {
          const entry = await new Promise<readonly [Buffer, Buffer] | null>((resolve, reject) =>
            iterator.next((error, key, value) => {
              if (error) reject(error);
              else resolve(key === undefined ? null : [key, value!]);
            }),
          );
          if (entry === null) return;
          yield entry;
        }
      } finally {
        await called((done) => iterator.end(done));
      }
    },
    async page(range, max) {
      const iterator = db.iterator({ ...range, limit: max, keyAsBuffer: true, valueAsBuffer: true });
      const found: Entry[] = [];
      try {
        // One promise for all of them: one an entry would cost more than reading it.
        await called((done) => {
          const take = (error: Error | null | undefined, key?: Buffer, value?: Buffer): void => {
            if (error || key === undefined) done(error);
            else {
              found.push([key, value!]);
              iterator.next(take);
            }
          };
          iterator.next(take);
        });
      } finally {
        await called((done) => iterator.end(done));
      }
      return found;
    },
    clear: (range) => called((done) => db.clear(range, done)),
    close: () => called((done) => db.close(done)),
  };
}

/** The part of `@nxtedition/rocksdb` (an abstract-level) that is used. */
interface Level {
  open(options: object): Promise<void>;
  close(): Promise<void>;
  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
  batch(operations: readonly Operation[], options: object): Promise<void>;
  clear(range: Range): Promise<void>;
  iterator(
    options: Range & { limit?: number },
  ): AsyncIterable<[Buffer, Buffer]> & { all(): Promise<[Buffer, Buffer][]> };
}

async function openNxtedition(
  nodeMajor: number,
  path: string,
  { blockCacheBytesMax, writeBufferBytesMax }: RocksOptions,
): Promise<RocksDriver> {
  let RocksLevel: new (path: string, options: object) => Level;
  try {
    const name: string = NXTEDITION;
    ({ RocksLevel } = (await import(name)) as { RocksLevel: typeof RocksLevel });
  } catch (cause) {
    throw new HeadraceError(
      'NODE_UNSUPPORTED',
      `rocksdb does not work on Node ${nodeMajor}: use Node ${LEVELDOWN_NODE_MAX}, or install ${NXTEDITION} (npm install ${NXTEDITION})`,
      { remedy: 'fix-environment', cause, nodeMajor },
    );
  }
  const db = new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  const sizes = { cacheSize: blockCacheBytesMax, memtableMemoryBudget: MEMTABLES * writeBufferBytesMax };
  await db.open({ createIfMissing: true, errorIfExists: false, ...sizes });
  return {
    getMany: (keys) => db.getMany(keys),
    batch: (operations) => db.batch(operations, { sync: false }),
    entries: (range) => db.iterator(range),
    page: (range, limit) => db.iterator({ ...range, limit }).all(),
    clear: (range) => db.clear(range),
    close: () => db.close(),
  };
}
