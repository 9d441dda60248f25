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
    ['the first model within its bounds', good, null, true, 'auc 0.750 is at least 0.700'],
    [
      'exactly on a bound',
      { ...good, auc: 0.7, logLoss: 0.6 },
      null,
      true,
      'auc 0.700 is at least 0.700; log loss 0.600 is at most 0.600',
    ],
    ['too few gate rows', { ...good, rows: 99 }, null, false, '99 gate rows are fewer than the 100 that are needed'],
    ['no gate rows', null, null, false, '0 gate rows are fewer'],
    ['an AUC below its bound', { ...good, auc: 0.69 }, null, false, 'auc 0.690 is below 0.700'],
    ['a log loss above its bound', { ...good, logLoss: 0.7 }, null, false, 'log loss 0.700 is above 0.600'],
    ['an AUC that cannot be told', { ...good, auc: null }, null, false, 'one kind of label'],
    [
      'a lower log loss than the champion',
      good,
      { challenger: good, champion: worse },
      true,
      "log loss 0.500 is lower than the champion's 0.550",
    ],
    [
      'a higher log loss, though it ranks better',
      good,
      { challenger: worse, champion: good },
      false,
      "log loss 0.550 is not lower than the champion's 0.500",
    ],
    [
      'a tie',
      good,
      { challenger: good, champion: good },
      false,
      "log loss 0.500 is not lower than the champion's 0.500",
    ],
    [
      'too few common rows',
      good,
      { challenger: { ...good, rows: 99 }, champion: { ...worse, rows: 99 } },
      false,
      '99 gate rows that are new to champion and challenger are fewer than the 100',
    ],
    ['no common rows', good, { challenger: null, champion: null }, false, '0 gate rows that are new'],
    ['a champion of another view', good, 'it reads another view', false, 'it reads another view'],
  ] as [string, typeof good | null, Meeting | null, boolean, string][])(
    '%s',
    (_, challenger, meeting, promote, reason) => {
      const decision = decide(gates, challenger, meeting);
      expect(decision.promote).toBe(promote);
      expect(decision.reasons.join('; ')).toContain(reason);
    },
  );

  it('gives as many places as it takes to tell two figures apart', () => {
    const near = { ...good, auc: 0.69996 };
    expect(decide(gates, near, null).reasons).toEqual(['auc 0.69996 is below 0.70000']);
    const champion = { ...good, logLoss: 0.5 - 1e-15 };
    expect(decide(gates, good, { challenger: good, champion }).reasons[0]).toMatch(
      /log loss 0\.5\d* is not lower than the champion's 0\.49999/,
    );
  });

  it('names every bound that failed, and does not ask for a champion where the gates do not', () => {
    expect(decide(gates, { ...good, auc: 0.5, logLoss: 0.9 }, null).reasons).toHaveLength(2);
    const free: GatesDefinition = { ...gates, bounds: {}, beats: null };
    expect(decide(free, good, { challenger: worse, champion: good }).promote).toBe(true);
  });
});
