import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balance } from '../../../src/log/balance.js';
import { decodeUserData, encodeUserData } from '../../../src/log/kafka/user-data.js';

const PARTITIONS_MAX = 1000;
const owned = fc.uniqueArray(fc.nat(PARTITIONS_MAX - 1), { maxLength: 20 });
const address = fc.option(
  fc.tuple(fc.domain(), fc.nat(65_535)).map(([host, port]) => `${host}:${port}`),
  { nil: null },
);

test('what is written is read', () => {
  fc.assert(
    fc.property(owned, owned, address, (numbers, warm, where) => {
      const data = { owned: numbers, warm, address: where };
      expect(decodeUserData(encodeUserData(data))).toEqual(data);
    }),
  );
});

test('nothing is the data of a member that says nothing', () => {
  expect(decodeUserData(Buffer.alloc(0))).toEqual({ owned: [], warm: [], address: null });
});

test('a leader of a version before addresses, or before copies, deals the same', () => {
  /** As it was: nothing but partitions. */
  const before = (bytes: Buffer) =>
    Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readInt32BE(i * 4));
  fc.assert(
    fc.property(owned, owned, address, (numbers, warm, where) => {
      const read = before(encodeUserData({ owned: numbers, warm, address: where }));
      const deal = (of: readonly number[]) =>
        balance(
          [
            { id: 'a', owned: of },
            { id: 'b', owned: [] },
          ],
          PARTITIONS_MAX,
        );
      expect(deal(read)).toEqual(deal(numbers));
    }),
  );
});
