import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf } from '../../src/aggregate/aggregate.js';
import { Chunk, type SuperChunk } from '../../src/aggregate/chunk.js';
import { EventLog } from '../../src/aggregate/event-log.js';
import { compileGroup } from '../../src/aggregate/index.js';
import { query } from '../../src/aggregate/query.js';
import { AGGREGATED, definition, FREQUENT, group } from './support.js';

const plan = compileGroup(definition, group(AGGREGATED.filter((_, i) => i % 9 === 4)), FREQUENT);
const log = plan.logs[0]!;
const fields = plan.events[0]!.columns;
const valueIn: Record<string, (n: number) => number | string | boolean> = {
  x: (n) => n / 3,
  y: (n) => n,
  text: (n) => `t${n % 7}`,
  yes: (n) => n % 2 === 0,
};

/** What a chunk, or a super-chunk, takes beside its rows and partials: the same for both. */
const ITEM_BYTES = 220;
const HOLDINGS_BYTES = 120;

/** Added up anew from what is there. */
function bytesIn(all: EventLog): number {
  const parts = (list: readonly unknown[]) =>
    list.reduce<number>(
      (sum, part, k) => (part === undefined ? sum : sum + bytesOf(log.partials[k]!.aggregate, part)),
      0,
    );
  const item = (one: Chunk | SuperChunk): number => {
    const rows = one instanceof Chunk ? (one.rows?.bytes() ?? 0) : 0;
    const chunks = one instanceof Chunk ? [] : (one.chunks ?? []);
    const spans = one.spans.reduce((sum, list) => sum + (list === undefined ? 0 : parts(list)), 0);
    return ITEM_BYTES + rows + parts(one.parts) + spans + chunks.reduce((sum, chunk) => sum + item(chunk), 0);
  };
  return [...all.supers, ...all.open].reduce((sum, one) => sum + item(one), HOLDINGS_BYTES);
}

test('what is counted is what is held, whatever came, went, or was let go of', () => {
  const steps = fc.array(
    fc.record({ stepMs: fc.nat(3), lateMs: fc.oneof(fc.constant(0), fc.nat(300)), dice: fc.nat(20) }),
    { minLength: 300, maxLength: 400 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const made = new EventLog(log);
      let now = 1000;
      for (const [n, { stepMs, lateMs, dice }] of all.entries()) {
        now += stepMs;
        if (made.lacks) {
          // Everything is there again only where it was never let go of: go on with another.
          expect(made.holdings.bytes).toBe(bytesIn(made));
          return;
        }
        made.evict(now - 500);
        made.insert(
          now - lateMs,
          `id${n}`,
          fields.map((field) => valueIn[field]!(n)),
        );
        if (dice < 8) query(made, now, false, []);
        if (dice === 20) made.holdings.clean();
        if (dice === 19 && n > 250) made.letGo(n % 2 === 0);
        if (made.isClosed) expect(made.holdings.bytes).toBe(bytesIn(made));
      }
    }),
    { numRuns: 6 },
  );
});
