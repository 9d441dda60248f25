/** How errors end on the command line: their code, what happened, what to do; a stack only if asked for. */
import { HeadraceError, type Remedy } from '../error.js';
import { mask, maskText } from '../runtime/mask.js';

export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;

const REMEDIES: Readonly<Record<Remedy, string>> = {
  retry: 'Try again.',
  'restart-task': 'Start it again.',
  'fix-input': 'Correct the input that is named, and try again.',
  'fix-definition': 'Correct the topology or schema that is named, and try again.',
  'fix-environment': 'Correct the setting, service or installation that is named, and try again.',
  report: 'This should not happen: please report it with what HEADRACE_DEBUG=1 shows.',
};

export const named = (error: unknown): HeadraceError =>
  error instanceof HeadraceError
    ? error
    : new HeadraceError('UNEXPECTED', error instanceof Error ? error.message : String(error), {
        remedy: 'report',
        cause: error,
      });

/** @returns what goes to standard error, with the line's end */
export function errorText(error: unknown, { json, debug }: { json: boolean; debug: boolean }): string {
  const { code, message, remedy, details, cause, stack } = named(error);
  if (json) return `${JSON.stringify(mask({ error: { code, message, remedy, details } }))}\n`;
  const lines = [`error ${code}: ${message}`, REMEDIES[remedy]];
  if (debug) lines.push(stack ?? '', ...(cause instanceof Error ? [`caused by ${cause.stack}`] : []));
  return `${maskText(lines.join('\n'))}\n`;
}
