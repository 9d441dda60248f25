/** Judges this machine's clock against the brokers': times ahead of it are refused, and a deadline is counted by both. Pure. */
import { error, type Finding, ok, warning } from './finding.js';

/** One record's append time, by the broker's clock, and when it was sent and acknowledged, by ours; ms. */
export interface ClockFacts {
  readonly sentAt: number;
  readonly appendedAt: number;
  readonly acknowledgedAt: number;
}

const WARN_MS = 2_000;

/** How far the broker's clock is ahead of ours (behind: negative), ms: as little as what was seen allows. */
export function aheadMs({ sentAt, appendedAt, acknowledgedAt }: ClockFacts): number {
  if (appendedAt < sentAt) return appendedAt - sentAt;
  return Math.max(0, appendedAt - acknowledgedAt);
}

/** @param skewMs HEADRACE_SKEW_MS */
export function judgeClock(facts: readonly ClockFacts[], skewMs: number): readonly Finding[] {
  const worst = facts.map(aheadMs).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const size = Math.abs(worst);
  if (size <= WARN_MS) return [ok('clock', `within ${WARN_MS} ms of the brokers’`)];
  const message = `the brokers’ clock is ${size} ms ${worst > 0 ? 'ahead of' : 'behind'} this machine’s`;
  const remedy = 'synchronize the clocks (NTP), of the brokers and here';
  if (size > skewMs) {
    return [
      error(
        'clock',
        `${message}, more than HEADRACE_SKEW_MS (${skewMs}): events that are well would be refused`,
        remedy,
      ),
    ];
  }
  return [warning('clock', message, remedy)];
}
