import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lead } from '../../src/feature/lead.js';

test('the lead is the rows since the oldest frame that is not acknowledged', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), partition: fc.nat({ max: 2 }), rows: fc.nat({ max: 5 }) }),
    fc.record({ kind: fc.constant('acknowledge' as const), partition: fc.nat({ max: 2 }), back: fc.nat({ max: 3 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lead = new Lead(3);
      const frames: { partition: number; offset: number; rows: number }[] = [];
      const next = [0, 0, 0];
      const acknowledged = [0, 0, 0];
      for (const one of steps) {
        if (one.kind === 'append') {
          const offset = next[one.partition]!++;
          frames.push({ partition: one.partition, offset, rows: one.rows });
          lead.appended(one.partition, offset, one.rows);
        } else {
          const to = Math.max(0, next[one.partition]! - one.back);
          acknowledged[one.partition] = Math.max(acknowledged[one.partition]!, to);
          lead.acknowledged(one.partition, to);
        }
        const oldest = frames.findIndex((f) => f.rows > 0 && f.offset >= acknowledged[f.partition]!);
        const naive = oldest < 0 ? 0 : frames.slice(oldest).reduce((sum, f) => sum + f.rows, 0);
        expect(lead.rows).toBe(naive);
      }
    }),
  );
});

test('it names the inbox partition of the oldest row on its way', () => {
  const lead = new Lead(3);
  expect(lead.unacknowledged).toEqual([]);
  lead.appended(2, 0, 5);
  lead.appended(1, 0, 5);
  expect(lead.unacknowledged).toEqual([2]);
  lead.acknowledged(2, 1);
  expect(lead.unacknowledged).toEqual([1]);
  lead.acknowledged(1, 1);
  expect(lead.unacknowledged).toEqual([]);
});
