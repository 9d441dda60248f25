/** A StateStore in memory, for replays and tests: sorted when it is iterated, and copying, so that nobody shares its bytes. */
import type { StateStore, StateWrite } from './store.js';

export function memoryStore(): StateStore {
  // By hexadecimal digits, which sort as the bytes do.
  const values = new Map<string, Buffer>();
  const hex = (bytes: Buffer) => bytes.toString('hex');
  return {
    async getMany(keys) {
      return keys.map((key) => {
        const value = values.get(hex(key));
        return value === undefined ? undefined : Buffer.from(value);
      });
    },
    async write(batch: readonly StateWrite[]) {
      for (const { key, value } of batch) {
        if (value === null) values.delete(hex(key));
        else values.set(hex(key), Buffer.from(value));
      }
    },
    async *iterate(prefix, after) {
      const wanted = hex(prefix);
      const behind = after === undefined ? '' : hex(after);
      const found = [...values].filter(([key]) => key.startsWith(wanted) && key > behind);
      for (const [key, value] of found.sort(byKey)) {
        yield [Buffer.from(key, 'hex'), Buffer.from(value)] as const;
      }
    },
    async clear(prefix) {
      const wanted = hex(prefix);
      for (const key of [...values.keys()]) if (key.startsWith(wanted)) values.delete(key);
    },
    async close() {
      values.clear();
    },
  };
}

const byKey = ([a]: readonly [string, Buffer], [b]: readonly [string, Buffer]) => (a < b ? -1 : 1);
