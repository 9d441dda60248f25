import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_BYTES_MAX, Rounds } from '../../../src/log/kafka/batches.js';

const record = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.nat(2),
  value: fc.constantFrom(10, 1000, 300_000, 500_000, 2_000_000).map((bytes) => Buffer.alloc(bytes)),
});

test('rounds keep each partition’s order, one batch of it at a time, each batch within its bound', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), (records) => {
      const rounds = new Rounds();
      const places = records.map((one, i) => rounds.add({ ...one, key: `${i}` }, 0));
      const sent = new Map<string, string[]>();
      for (const round of rounds.rounds) {
        const seen = round.map(({ topic, partition }) => `${topic} ${partition}`);
        expect(new Set(seen).size).toBe(seen.length);
        for (const { topic, partition, messages, bytes } of round) {
          expect(messages.length === 1 || bytes <= BATCH_BYTES_MAX).toBe(true);
          const key = `${topic} ${partition}`;
          sent.set(key, [...(sent.get(key) ?? []), ...messages.map((message) => message.key as string)]);
        }
      }
      for (const [key, order] of sent) {
        const expected = records.flatMap((one, i) => (`${one.topic} ${one.partition}` === key ? [`${i}`] : []));
        expect(order).toEqual(expected);
      }
      expect([...sent.values()].flat()).toHaveLength(records.length);
      for (const [i, { batch, index }] of places.entries()) expect(batch.messages[index]!.key).toBe(`${i}`);
    }),
    { numRuns: 50 },
  );
});

test('what comes small goes together', () => {
  const rounds = new Rounds();
  for (let i = 0; i < 1000; i++) rounds.add({ topic: 'a', partition: i % 4, value: Buffer.alloc(100) }, 0);
  expect(rounds.rounds).toHaveLength(1);
  expect(rounds.rounds[0]!.map(({ messages }) => messages.length)).toEqual([250, 250, 250, 250]);
});
