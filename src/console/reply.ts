/** What a worker's HTTP replies with, and reads of another's reply: JSON, errors as `{"error": {code, message, remedy, details}}`. */
import { HeadraceError } from '../error.js';
import type { Got } from './http-get.js';

/** Of a reply that is no worker's, in an error's message. */
const SHOWN_MAX = 200;

export const json = (status: number, body: unknown): Got => ({ status, body: `${JSON.stringify(body)}\n` });

export const named = (error: unknown): HeadraceError =>
  error instanceof HeadraceError
    ? error
    : new HeadraceError('UNEXPECTED', `${(error as Error)?.message ?? error}`, { remedy: 'report', cause: error });

export function failed(error: unknown): Got {
  const { code, message, remedy, details } = named(error);
  const again = remedy === 'retry' || remedy === 'restart-task';
  const status = code === 'GROUP_UNKNOWN' ? 404 : remedy === 'fix-input' ? 400 : again ? 503 : 500;
  return json(status, { error: { code, message, remedy, details } });
}

/** The error of an answer that is one, as whoever gave it saw it. */
export function errorOf({ status, body }: Got): HeadraceError {
  try {
    const { error } = JSON.parse(body) as { error: Pick<HeadraceError, 'code' | 'message' | 'remedy' | 'details'> };
    return new HeadraceError(error.code, error.message, { ...error.details, remedy: error.remedy });
  } catch (cause) {
    return new HeadraceError(
      'UNEXPECTED',
      `a worker answered with status ${status} and no reason: ${body.slice(0, SHOWN_MAX)}`,
      {
        remedy: 'report',
        cause,
      },
    );
  }
}
