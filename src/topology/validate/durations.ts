/** Durations, as a definition holds them: whole milliseconds. */

/** A hundred years: longer is a slip, and sums of times stay exact. */
const DURATION_MS_MAX = 36_525 * 86_400_000;

/** What to do about one that is none. */
export const DURATION = "write it as '500ms', '15s', '30m', '1h' or '7d'";

export const isDuration = (ms: number, leastMs: number) =>
  Number.isSafeInteger(ms) && ms >= leastMs && ms <= DURATION_MS_MAX;
