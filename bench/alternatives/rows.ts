/** Departures (asked) and arrivals (added) by origin, and what an alternative answers to each departure. */
export interface DelayRow {
  readonly key: string;
  readonly time: number;
  /** A departure asks; an arrival brings its delay. */
  readonly asks: boolean;
  readonly delay: number;
}

const HOUR_MS = 3_600_000;
export const WINDOWS_MS = [HOUR_MS, 3 * HOUR_MS, 24 * HOUR_MS] as const;
/** A query gives count, mean and standard deviation for each window; NaN: missing. */
export const ANSWERS = 3 * WINDOWS_MS.length;

/** Writes one window's three answers. Variance of the population, never below 0. */
export function answer(out: Float64Array, at: number, n: number, mean: number, variance: number): void {
  out[at] = n;
  out[at + 1] = n === 0 ? Number.NaN : mean;
  out[at + 2] = n === 0 ? Number.NaN : Math.sqrt(Math.max(0, variance));
}

/** The first index whose time is not before `time`. */
export function lowerBound(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
