/**
 * Whether a challenger may take over.
 * Method: absolute bounds on the challenger's gate rows; and, where the gates say `beats: 'champion'` and there is one, a strictly
 * lower log loss than the champion's on the rows that neither knows (later than both `trainedUntil` plus embargo). Log loss, since
 * a prediction is used as a probability: a model that ranks better but is worse calibrated does not take over by itself.
 * Invariant: no promotion without enough rows, nor without a reason to compare.
 */
import type { Metrics } from '../contract/manifest.js';
import type { GatesDefinition } from '../topology/definition.js';

/** Both on the same rows; a string says why they cannot be compared. */
export type Meeting = { readonly challenger: Metrics | null; readonly champion: Metrics | null } | string;

export interface Decision {
  readonly promote: boolean;
  /** Why not, or what it passed. */
  readonly reasons: readonly string[];
}

/**
 * @param challenger on all gate rows; null without rows
 * @param meeting null where no champion serves
 */
export function decide(gates: GatesDefinition, challenger: Metrics | null, meeting: Meeting | null): Decision {
  const rows = challenger?.rows ?? 0;
  if (challenger === null || rows < gates.minRows)
    return { promote: false, reasons: [`too few gate rows: ${rows}, and ${gates.minRows} are needed`] };
  const checks = boundChecks(gates, challenger);
  if (gates.beats === 'champion') checks.push(...championChecks(gates, meeting));
  const failed = checks.filter(({ passed }) => !passed);
  const told = failed.length > 0 ? failed : checks;
  return {
    promote: failed.length === 0,
    reasons: told.length > 0 ? told.map(({ reason }) => reason) : [`no bounds are set; ${rows} gate rows`],
  };
}

interface Check {
  readonly passed: boolean;
  readonly reason: string;
}

function boundChecks(gates: GatesDefinition, challenger: Metrics): Check[] {
  const checks: Check[] = [];
  for (const metric of ['auc', 'logLoss', 'brier'] as const) {
    const { atLeast, atMost } = gates.bounds[metric] ?? {};
    const value = challenger[metric];
    const told = value === null ? 'cannot be told (the gate rows have one kind of label)' : value.toFixed(4);
    if (atLeast !== undefined)
      checks.push({
        passed: value !== null && value >= atLeast,
        reason: `${metric} ${told}, at least ${atLeast} asked`,
      });
    if (atMost !== undefined)
      checks.push({ passed: value !== null && value <= atMost, reason: `${metric} ${told}, at most ${atMost} asked` });
  }
  return checks;
}

function championChecks(gates: GatesDefinition, meeting: Meeting | null): Check[] {
  if (meeting === null) return [];
  if (typeof meeting === 'string') return [{ passed: false, reason: meeting }];
  const { challenger, champion } = meeting;
  const rows = Math.min(challenger?.rows ?? 0, champion?.rows ?? 0);
  if (challenger === null || champion === null || rows < gates.minRows) {
    const reason = `too few rows that are new to champion and challenger: ${rows}, and ${gates.minRows} are needed`;
    return [{ passed: false, reason }];
  }
  const [mine, its] = [challenger.logLoss, champion.logLoss];
  return [
    {
      passed: mine < its,
      reason: `logLoss ${mine.toFixed(4)}, the champion's ${its.toFixed(4)} on the same ${rows} rows`,
    },
  ];
}
