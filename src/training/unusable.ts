/**
 * Why a snapshot holds nothing to train on yet, in the words and units of the topology. Pure.
 * Invariant: the message gives what there is beside what is needed, so that its reader can tell how long to wait, or what to change.
 */
import { HeadraceError } from '../error.js';
import type { ModelDefinition } from '../topology/definition.js';
import { durationText } from '../topology/duration.js';

export interface TooFew {
  /** Event time of the first vector, ms. */
  readonly first: number;
  /** Event time of the last eligible vector, ms; null where none is eligible. */
  readonly lastEligible: number | null;
  /** Up to which known time labels are complete, ms; null where it cannot be said. */
  readonly asOf: number | null;
  readonly eligible: number;
}

export interface Labels {
  /** Label events that say something of an eligible row. */
  readonly found: number;
  /** Those of them that were known later than `within` after the row's event. */
  readonly late: number;
  /** Label events that say something, of any row or none. */
  readonly all: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Rounded down: what is there must not look like enough where it is not. */
function spanText(ms: number): string {
  for (const [unitMs, unit] of [
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
  ] as const)
    if (ms >= 2 * unitMs) return `${Math.floor((ms * 10) / unitMs) / 10}${unit}`;
  return durationText(Math.max(0, ms));
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
const timeText = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export const unusable = (model: ModelDefinition, why: string) =>
  new HeadraceError('TRAINING_SET_UNUSABLE', `model ${model.name} cannot be trained yet: ${why}`, {
    remedy: 'retry',
    model: model.name,
  });

/** There is no training row. */
export function tooFew(model: ModelDefinition, { first, lastEligible, asOf, eligible }: TooFew): HeadraceError {
  const { label, gates } = model;
  if (asOf === null) {
    return unusable(
      model,
      'it cannot be said up to when labels are known: a partition of the scored or the label topic has brought nothing yet; load its events, or end their load with --marks',
    );
  }
  const neededMs = label.withinMs + gates.onMs + gates.embargoMs;
  const end = lastEligible === null ? asOf : lastEligible + label.withinMs;
  if (end - first > neededMs) {
    const rows = `${counted(eligible, 'row')} ${eligible === 1 ? 'is' : 'are'} old enough, and none that is older than the gate rows and the embargo has a label`;
    return unusable(model, `${rows}; see whether the label events arrive, or set ifNone: 'negative'`);
  }
  const terms = [
    `${durationText(label.withinMs)} until a label is known`,
    `${durationText(gates.onMs)} of gate rows`,
    `${durationText(gates.embargoMs)} of embargo`,
  ];
  return unusable(
    model,
    `its events reach from ${timeText(first)} to ${timeText(end)}, ${spanText(end - first)}; more than ${spanText(neededMs)} are needed: ${terms.join(', ')}, and what is older to train on; wait or load more, or shorten \`within\`, \`on\` or \`embargo\``,
  );
}

/** All training rows have one kind of label. */
export function oneKind(
  model: ModelDefinition,
  rows: number,
  positive: boolean,
  { found, late, all }: Labels,
): HeadraceError {
  const { withinMs, join, ifNone } = model.label;
  const within = durationText(withinMs);
  const first = `all ${counted(rows, 'training row')} are ${positive ? 'positive' : 'negative'}`;
  if (all === 0) return unusable(model, `${first}: there are no label events; load them, or wait for them`);
  if (found === 0) {
    return unusable(
      model,
      `${first}: of ${counted(all, 'label event')} none has the ${join.label} of an event's ${join.scored} that is old enough; see whether these are the fields to join by`,
    );
  }
  if (late > 0) {
    return unusable(
      model,
      `${first}: of ${counted(found, 'label event')} found for them and later rows, ${late} came too late (known more than ${within} after their event) and do not count${ifNone === 'negative' ? ' (such a row is negative)' : ''}; let \`knownAt\` name a field of the label event that tells when it was known, or give a longer \`within\``,
    );
  }
  return unusable(model, `${first}, by ${counted(found, 'label event')} known in time; wait for labels of both kinds`);
}
