/**
 * Local hour and weekday of an instant, in an IANA time zone.
 * Method: Intl tells the offset (some 5 µs), so it is asked once per zone and UTC hour, at the hour's two ends. An hour in
 * which the offset changes is not kept: there every instant is asked for itself.
 * Invariant: equals what Intl says of the instant itself.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The greatest distance from the epoch that Intl formats. */
const TIME_MS_MAX = 8.64e15 - HOUR_MS;
/** Eleven years of hours per zone, about 4 MB; a full cache begins anew. */
const CACHED_HOURS_MAX = 100_000;
/** Of 1970-01-01, a Thursday, counted from Monday 0. */
const EPOCH_WEEKDAY = 3;

export interface ZoneClock {
  /** 0 to 23; null for an instant outside of what a calendar can name. */
  hour(ms: number): number | null;
  /** ISO: Monday 1 to Sunday 7; null likewise. */
  weekday(ms: number): number | null;
}

/** Errors: RangeError for a zone that the runtime does not know (validation asks `isTimeZone` first). */
export function zoneClock(timeZone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const offsetByHour = new Map<number, number>();
  let lastHour = Number.NaN;
  let lastOffset = 0;

  const ask = (ms: number) => {
    const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')!.value;
    return offsetOf(name);
  };

  const local = (ms: number): number => {
    const hour = Math.floor(ms / HOUR_MS);
    if (hour === lastHour) return ms + lastOffset;
    let offset = offsetByHour.get(hour);
    if (offset === undefined) {
      offset = ask(hour * HOUR_MS);
      if (ask((hour + 1) * HOUR_MS - 1) !== offset) return ms + ask(ms);
      if (offsetByHour.size >= CACHED_HOURS_MAX) offsetByHour.clear();
      offsetByHour.set(hour, offset);
    }
    lastHour = hour;
    lastOffset = offset;
    return ms + offset;
  };

  const named = (ms: number) => Math.abs(ms) <= TIME_MS_MAX; // false for NaN too
  return {
    hour: (ms) => (named(ms) ? modulo(Math.floor(local(ms) / HOUR_MS), 24) : null),
    weekday: (ms) => (named(ms) ? modulo(Math.floor(local(ms) / DAY_MS) + EPOCH_WEEKDAY, 7) + 1 : null),
  };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `GMT`, `GMT-05:00`, `GMT-04:56:02` as ms east of Greenwich. */
function offsetOf(name: string): number {
  const found = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
  if (found === null) throw new RangeError(`time zone offset ${name} is not of the form GMT+hh:mm`);
  const [, sign, hours, minutes, seconds] = found;
  if (sign === undefined) return 0;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -ms : ms;
}

const modulo = (value: number, by: number) => ((value % by) + by) % by;
