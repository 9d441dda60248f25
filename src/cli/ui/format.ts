/** How numbers and times are written for people, and read from options. */
import { InvalidArgumentError } from 'commander';
import { DATE_MAX_MS, timeOf } from '../../console/time.js';

/** @param ms since the epoch, in UTC; negative (no mark) and null have no time */
export function timeText(ms: number | null | undefined): string | null {
  if (ms === null || ms === undefined || ms < 0) return null;
  if (ms > DATE_MAX_MS) return 'for ever';
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, 'Z');
}

export const numberText = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `1 row`, `2 rows` */
export const counted = (count: number, what: string): string => `${numberText(count)} ${what}${count === 1 ? '' : 's'}`;

export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/** Of the first `places` digits; null where there is none. */
export const roundedText = (value: number | null | undefined, places = 4): string | null =>
  value === null || value === undefined ? null : value.toFixed(places);

/** An option's time: an ISO date or time, UTC unless it says otherwise, or ms since the epoch. @returns ms */
export function parseTime(text: string): number {
  const ms = timeOf(text);
  if (ms === null) throw new InvalidArgumentError('Give a date, a time (2013-04-01T12:00) or ms since the epoch.');
  return ms;
}

/** An option's whole number from `least` on, or to `most`. */
export const parseWhole =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(
      `Give a whole number from ${least} ${most === Number.POSITIVE_INFINITY ? 'on' : `to ${most}`}.`,
    );
  };

/** An option's number above 0. */
export function parseRate(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('Give a number above 0.');
}

/** An option's name that is not empty. */
export function parseName(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('Give a name.');
}

/** An option's names, separated by commas. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('Give names, separated by commas.');
  return [...new Set(names)];
}
