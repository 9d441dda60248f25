/** When in event time the demo asks for its models: of the whole year at the ends of March and June, of fewer days in proportion. Pure. */
import { HeadraceError } from '../../error.js';

const DAY_MS = 86_400_000;
/** Midnight in New York on 1 January 2013. */
export const YEAR_START = Date.UTC(2013, 0, 1, 5);
const APRIL = Date.UTC(2013, 3, 1, 4);
export const JULY = Date.UTC(2013, 6, 1, 4);
export const DAYS_OF_YEAR = 365;
/** With fewer the first model would not pass its gates: two weeks of gate rows and the embargo leave too little to train on. */
export const DAYS_MIN = 60;

export interface Schedule {
  /** Known time of the first snapshot, of the retrain message, and of the end; Infinity: everything. */
  readonly firstModelAt: number;
  readonly retrainAt: number;
  readonly endAt: number;
  /** Metrics are told from here on. */
  readonly judgedFrom: number;
}

export function schedule(days: number): Schedule {
  if (!Number.isInteger(days) || days < DAYS_MIN || days > DAYS_OF_YEAR) {
    throw new HeadraceError(
      'DEMO_DAYS_INVALID',
      `--days ${days}: give a whole number from ${DAYS_MIN} to ${DAYS_OF_YEAR}`,
      {
        remedy: 'fix-input',
      },
    );
  }
  if (days === DAYS_OF_YEAR) {
    return { firstModelAt: APRIL, retrainAt: JULY, endAt: Number.POSITIVE_INFINITY, judgedFrom: JULY };
  }
  const firstModelAt = YEAR_START + Math.max(45, Math.round(days / 4)) * DAY_MS;
  const endAt = YEAR_START + days * DAY_MS;
  const retrainAt = firstModelAt + Math.round((endAt - firstModelAt) / 3);
  return { firstModelAt, retrainAt, endAt, judgedFrom: retrainAt };
}
