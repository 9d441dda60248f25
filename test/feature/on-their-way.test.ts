import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { type InboxFrame, inboxSchema } from '../../src/contract/frames.js';
import { onTheirWay } from '../../src/feature/on-their-way.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { flights } from '../support/memory-world.js';

test('what a predecessor emitted and nobody acknowledged is counted, at least up to the bound', async () => {
  const definition = await flights();
  const schema = inboxSchema(definition, definition.groups[0]!);
  const codec = new Codec(memoryRegistry());
  const writer = await codec.writer<InboxFrame>('inbox', schema);
  const row = { source: 0, offset: 0, known: 0, time: 0, id: 'e', key: 'k', scored: false, values: {} };
  const at = { topic: 'inbox', partition: 0 };
  const sizes = fc.array(fc.nat({ max: 3 }), { maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat({ max: 130 }), fc.integer({ min: 1, max: 90 }), async (rows, next, rowsMax) => {
      const log = memoryLog();
      await log.createTopics([{ topic: 'inbox', partitions: 1, config: {} }]);
      const producer = await log.producer();
      for (const count of rows) {
        const value = writer.encode({ before: [], after: [], rows: new Array(count).fill(row) });
        await producer.send([{ ...at, value }]);
      }
      const reader = codec.reader<InboxFrame>(schema);
      const acknowledged = next === 130 ? undefined : Math.min(next, rows.length);
      const found = await onTheirWay(log, at, acknowledged, rowsMax, reader);
      const left = rows.map((count, offset) => ({ offset, rows: count }));
      const wanted = left.filter(({ offset, rows: count }) => count > 0 && offset >= (acknowledged ?? 0));
      // Always the newest ones, and all of them where they are fewer than the bound.
      expect(found).toEqual(wanted.slice(wanted.length - found.length));
      const sum = (frames: readonly { rows: number }[]) => frames.reduce((total, frame) => total + frame.rows, 0);
      expect(sum(found)).toBeGreaterThanOrEqual(Math.min(rowsMax, sum(wanted)));
      await log.close();
    }),
    { numRuns: 40 },
  );
});
