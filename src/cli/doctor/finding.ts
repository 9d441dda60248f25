/** What `headrace doctor` finds: one line each, and of what is not well also what to do. */
export type Level = 'ok' | 'warning' | 'error';

export interface Finding {
  /** Where it was looked: brokers, rights, topics, … */
  readonly area: Area;
  readonly level: Level;
  readonly message: string;
  /** Null where all is well. */
  readonly remedy: string | null;
}

export const AREAS = ['node', 'folders', 'brokers', 'clock', 'rights', 'topics', 'progress', 'registry'] as const;
export type Area = (typeof AREAS)[number];

export const ok = (area: Area, message: string): Finding => ({ area, level: 'ok', message, remedy: null });
export const warning = (area: Area, message: string, remedy: string): Finding => ({
  area,
  level: 'warning',
  message,
  remedy,
});
export const error = (area: Area, message: string, remedy: string): Finding => ({
  area,
  level: 'error',
  message,
  remedy,
});

const NAMED_MAX = 4;
/** `a, b and 3 more` */
export function named(names: readonly string[]): string {
  if (names.length <= NAMED_MAX) return names.join(', ');
  return `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} more`;
}
