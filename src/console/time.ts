/** Times as text, as options of commands and of HTTP take them. */

/** The greatest time that a date can hold; marks beyond it promise that nothing more comes. */
export const DATE_MAX_MS = 8.64e15;
const TIME = /^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;

/** An ISO date or time, UTC unless it says otherwise, or ms since the epoch. @returns ms, or null where it is none of these */
export function timeOf(text: string): number | null {
  if (/^\d{5,16}$/.test(text)) return Number(text) <= DATE_MAX_MS ? Number(text) : null;
  const zoned = /[T ]/.test(text) && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
  const ms = TIME.test(text) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
