/** A StateStore in memory, for replays and tests: sorted when it is iterated, and copying, so that nobody shares its bytes. */
import type { Entry, StateStore, StateWrite } from './store.js';

export function memoryStore(): StateStore {
  // By hexadecimal digits, which sort as the bytes do.
  const values = new Map<string, Buffer>();
  const hex = (bytes: Buffer) => bytes.toString('hex');
  const sorted = (prefix: Buffer, after: Buffer | null): Entry[] => {
    const wanted = hex(prefix);
    const behind = after === null ? '' : hex(after);
    const found = [...values].filter(([key]) => key.startsWith(wanted) && key > behind);
    return found.sort(byKey).map(([key, value]) => [Buffer.from(key, 'hex'), Buffer.from(value)]);
  };
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
    async *iterate(prefix) {
      yield* sorted(prefix, null);
    },
    async page(prefix, after, max) {
      return sorted(prefix, after).slice(0, max);
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
