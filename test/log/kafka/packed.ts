/** Records for tests of codecs: the broker's segments in `fixtures/` hold exactly these, and the test on Kafka sends them. */
import type { LogRecord, Outgoing } from '../../../src/log/log.js';

export const PACKED_COUNT = 400;
const BASE_MS = Date.UTC(2024, 0, 1);

/** Text that packs well and text that does not; empty and absent values and keys; headers. */
export function packed(
  topic: string,
  from = 0,
  count = PACKED_COUNT,
): (Outgoing & { headers: Record<string, Buffer> })[] {
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const value =
      n % 10 === 3
        ? null
        : n % 10 === 4
          ? Buffer.alloc(0)
          : n === 7
            ? noise(3000)
            : Buffer.from(`{"n":${n},"city":"Newark"}`);
    const key = n % 3 === 0 ? null : n % 3 === 1 ? Buffer.alloc(0) : Buffer.from(`key ${n}`);
    const headers: Record<string, Buffer> =
      n % 5 === 0 ? { 'trace-id': Buffer.from(`${n * 7}`), empty: Buffer.alloc(0) } : {};
    return { topic, partition: 0, key, value, headers, timestamp: BASE_MS + n };
  });
}

/** What a reader is to find, from its base offset on. */
export const unpacked = (base = 0, from = 0, count = PACKED_COUNT): LogRecord[] =>
  packed('', from, count).map(({ key, value, headers, timestamp }, i) => ({
    offset: base + i,
    timestamp: timestamp!,
    key: key as Buffer | null,
    value,
    headers,
  }));

/** The same at every call. */
function noise(length: number): Buffer {
  let state = 12345;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    }),
  );
}
