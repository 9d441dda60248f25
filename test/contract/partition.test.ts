import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../src/contract/partition.js';

test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('murmur2 of %s is what Kafka’s own test says', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('a key’s partition is that of its bytes in UTF-8, whatever keys came before', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), fc.integer({ min: 1, max: 100 }), (keys, partitions) => {
      for (const key of keys) {
        expect(partitionOf(key, partitions)).toBe((murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions);
      }
    }),
  );
});
