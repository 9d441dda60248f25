/** Durations as a user writes them: whole numbers with a unit. */

/** `'500ms'`, `'15s'`, `'30m'`, `'1h'`, `'7d'`. */
export type Duration = `${bigint}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** How far back a feature looks. */
export type Window = Duration | 'all time';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns ms; NaN for what is no duration, so that `validate` reports it in its place, with everything else */
export function durationMs(text: Duration): number {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return found === null ? Number.NaN : Number(found[1]) * UNITS_MS[found[2]!]!;
}

/** @returns ms, null for all time, NaN as above */
export const windowMs = (window: Window): number | null => (window === 'all time' ? null : durationMs(window));

/** The shortest way to write a duration of whole milliseconds. */
export function durationText(ms: number): string {
  const unit = ms === 0 ? 'ms' : (['d', 'h', 'm', 's'].find((candidate) => ms % UNITS_MS[candidate]! === 0) ?? 'ms');
  return `${ms / UNITS_MS[unit]!}${unit}`;
}
