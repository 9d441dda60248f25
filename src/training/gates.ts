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
    return { promote: false, reasons: [`${rows} gate rows are fewer than the ${gates.minRows} that are needed`] };
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

/** As a person says them. */
const METRICS = { auc: 'auc', logLoss: 'log loss', brier: 'brier score' } as const;
const PLACES = 3;
const PLACES_MAX = 15;

/** With as many places as it takes to tell them apart: never `0.700 is below 0.700`. */
function apart(a: number, b: number): [string, string] {
  for (let places = PLACES; places < PLACES_MAX; places++) {
    const texts: [string, string] = [a.toFixed(places), b.toFixed(places)];
    if (texts[0] !== texts[1] || a === b) return texts;
  }
  return [String(a), String(b)];
}

function boundChecks(gates: GatesDefinition, challenger: Metrics): Check[] {
  const checks: Check[] = [];
  for (const metric of ['auc', 'logLoss', 'brier'] as const) {
    const { atLeast, atMost } = gates.bounds[metric] ?? {};
    const value = challenger[metric];
    const name = METRICS[metric];
    if (atLeast !== undefined) checks.push(boundCheck(name, value, atLeast, ['at least', 'below'], value! >= atLeast));
    if (atMost !== undefined) checks.push(boundCheck(name, value, atMost, ['at most', 'above'], value! <= atMost));
  }
  return checks;
}

function boundCheck(
  name: string,
  value: number | null,
  bound: number,
  [good, bad]: readonly [string, string],
  holds: boolean,
): Check {
  if (value === null)
    return { passed: false, reason: `${name} cannot be told: the gate rows have one kind of label only` };
  const [is, than] = apart(value, bound);
  return { passed: holds, reason: `${name} ${is} is ${holds ? good : bad} ${than}` };
}

function championChecks(gates: GatesDefinition, meeting: Meeting | null): Check[] {
  if (meeting === null) return [];
  if (typeof meeting === 'string') return [{ passed: false, reason: meeting }];
  const { challenger, champion } = meeting;
  const rows = Math.min(challenger?.rows ?? 0, champion?.rows ?? 0);
  if (challenger === null || champion === null || rows < gates.minRows) {
    const reason = `${rows} gate rows that are new to champion and challenger are fewer than the ${gates.minRows} that are needed`;
    return [{ passed: false, reason }];
  }
  const passed = challenger.logLoss < champion.logLoss;
  const [mine, its] = apart(challenger.logLoss, champion.logLoss);
  return [
    {
      passed,
      reason: `log loss ${mine} is ${passed ? 'lower' : 'not lower'} than the champion's ${its} on the same ${rows} rows`,
    },
  ];
}
