import { describe, expect, it } from 'vitest';
import type { GatesDefinition } from '../../src/topology/definition.js';
import { decide, type Meeting } from '../../src/training/gates.js';

const gates: GatesDefinition = {
  bounds: { auc: { atLeast: 0.7 }, logLoss: { atMost: 0.6 } },
  beats: 'champion',
  onMs: 1,
  embargoMs: 1,
  minRows: 100,
};
const good = { rows: 100, auc: 0.75, logLoss: 0.5, brier: 0.2 };
const worse = { ...good, logLoss: 0.55, auc: 0.9 };

describe('decide', () => {
  it.each([
    ['the first model within its bounds', good, null, true, 'auc 0.7500, at least 0.7 asked'],
    ['exactly on a bound', { ...good, auc: 0.7, logLoss: 0.6 }, null, true, 'auc'],
    ['too few gate rows', { ...good, rows: 99 }, null, false, 'too few gate rows: 99'],
    ['no gate rows', null, null, false, 'too few gate rows: 0'],
    ['an AUC below its bound', { ...good, auc: 0.69 }, null, false, 'auc 0.6900, at least 0.7 asked'],
    ['a log loss above its bound', { ...good, logLoss: 0.7 }, null, false, 'logLoss 0.7000, at most 0.6 asked'],
    ['an AUC that cannot be told', { ...good, auc: null }, null, false, 'one kind of label'],
    ['a lower log loss than the champion', good, { challenger: good, champion: worse }, true, "the champion's 0.5500"],
    ['a higher log loss, though it ranks better', good, { challenger: worse, champion: good }, false, 'logLoss 0.5500'],
    ['a tie', good, { challenger: good, champion: good }, false, "the champion's 0.5000"],
    [
      'too few common rows',
      good,
      { challenger: { ...good, rows: 99 }, champion: { ...worse, rows: 99 } },
      false,
      'too few rows that are new',
    ],
    ['no common rows', good, { challenger: null, champion: null }, false, 'too few rows that are new'],
    ['a champion of another view', good, 'it reads another view', false, 'it reads another view'],
  ] as [string, typeof good | null, Meeting | null, boolean, string][])(
    '%s',
    (_, challenger, meeting, promote, reason) => {
      const decision = decide(gates, challenger, meeting);
      expect(decision.promote).toBe(promote);
      expect(decision.reasons.join('; ')).toContain(reason);
    },
  );

  it('names every bound that failed, and does not ask for a champion where the gates do not', () => {
    expect(decide(gates, { ...good, auc: 0.5, logLoss: 0.9 }, null).reasons).toHaveLength(2);
    const free: GatesDefinition = { ...gates, bounds: {}, beats: null };
    expect(decide(free, good, { challenger: worse, champion: good }).promote).toBe(true);
  });
});
