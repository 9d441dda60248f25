import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byBytes } from '../../src/contract/state-answers.js';
import { stateKey } from '../../src/state/entity-key.js';
import { largestKeys } from '../../src/state/largest.js';
import { memoryStore } from '../../src/state/memory-store.js';
import { codeOf } from '../log/suite/support.js';

const prefix = Buffer.from('origin.v1/3\0');
const others = ['origin.v1/30\0', 'origin.v1/2\0', 'plane.v1/3\0'].map((text) => Buffer.from(text));
const never = new AbortController().signal;

test('equals a count of every record by its key', async () => {
  const record = fc.record({
    // Keys that begin with each other, empty ones, and bytes that look like lengths.
    key: fc.constantFrom('', 'a', 'ab', 'b', 'größe', '\0', '\0\0\0\u0001', 'a\0', 'a'.repeat(300)),
    suffix: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    size: fc.nat(50),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), async (all, n) => {
      const store = memoryStore();
      const mark = Buffer.from('mark');
      const writes = all.map(({ key, suffix, size }) => ({
        key: stateKey(prefix, key, Buffer.from(suffix)),
        value: Buffer.alloc(size),
      }));
      const strangers = others.map((other) => ({
        key: stateKey(other, 'a', Buffer.from([0])),
        value: Buffer.alloc(999),
      }));
      await store.write([...writes, ...strangers, { key: prefix, value: mark }]);
      const found = await largestKeys(store, prefix, n, never);

      const last = new Map(writes.map((write, i) => [write.key.toString('hex'), { ...write, of: all[i]!.key }]));
      const byKey = new Map<string, { key: string; bytes: number; records: number }>();
      for (const { key, value, of } of last.values()) {
        const one = byKey.get(of) ?? { key: of, bytes: 0, records: 0 };
        byKey.set(of, { key: of, bytes: one.bytes + key.length + value.length, records: one.records + 1 });
      }
      const expected = [...byKey.values()].sort(byBytes);
      expect(found.largest).toEqual(expected.slice(0, n));
      expect(found).toMatchObject({
        mark,
        keys: expected.length,
        records: expected.reduce((sum, { records }) => sum + records, 0),
        bytes: expected.reduce((sum, { bytes }) => sum + bytes, 0),
      });
    }),
  );
});

test('of keys that take the same, the lesser comes first, wherever it lies in the store', async () => {
  const store = memoryStore();
  const record = (key: string, bytes: number) => ({
    key: stateKey(prefix, key, Buffer.from([0])),
    value: Buffer.alloc(bytes),
  });
  // Shorter keys lie before longer ones.
  await store.write([record('b', 2), record('c', 2), record('aa', 1)]);
  const { largest } = await largestKeys(store, prefix, 1, never);
  expect(largest.map(({ key }) => key)).toEqual(['aa']);
});

test('a task without a checkpoint has nothing', async () => {
  expect(await largestKeys(memoryStore(), prefix, 5, never)).toEqual({
    mark: null,
    keys: 0,
    records: 0,
    bytes: 0,
    largest: [],
  });
});

test('other work has its turn, and a stop ends it', async () => {
  const store = memoryStore();
  const writes = Array.from({ length: 5_000 }, (_, i) => ({
    key: stateKey(prefix, `k${i}`, Buffer.from([0])),
    value: Buffer.alloc(8),
  }));
  await store.write(writes);
  const stop = new AbortController();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const passed = largestKeys(store, prefix, 5, never);
  expect((await passed).keys).toBe(5_000);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  const stopped = codeOf(largestKeys(store, prefix, 5, stop.signal)).catch((error: Error) => error.name);
  setImmediate(() => stop.abort());
  expect(await stopped).toBe('AbortError');
});
