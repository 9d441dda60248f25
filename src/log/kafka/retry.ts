/** Bounded retries with growing waits; what is worth a retry says so by being `Transient`. */
import { HeadraceError } from '../../error.js';
import { refused, unavailable } from '../errors.js';
import { codeName, isRefused, isTransient } from './codes.js';

/** How long a request is tried again before `LOG_UNAVAILABLE`. */
export const RETRY_MAX_MS = 30_000;
const FIRST_WAIT_MS = 10;
const WAIT_MAX_MS = 500;
const GROWTH = 2;

export interface Patience {
  readonly forMs?: number;
  readonly firstWaitMs?: number;
  readonly waitMaxMs?: number;
  readonly growth?: number;
}

/** It failed, and may succeed a little later. */
export class Transient extends Error {}

export const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The error of a broker's answer: to be tried again, refused, or beyond repair here. */
export function failureOf(what: string, code: number, details: Readonly<Record<string, unknown>> = {}): Error {
  if (isTransient(code)) return new Transient(`${what}: ${codeName(code)}`);
  if (isRefused(code)) return refused(what, codeName(code), details);
  return unavailable(what, new Error(codeName(code)));
}

/**
 * @param what names the attempt in the error, e.g. `fetch of admitted[3]`
 * @throws HeadraceError `LOG_UNAVAILABLE` after `forMs`; any other error of `attempt` at once
 */
export async function retrying<T>(what: string, attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const { forMs = RETRY_MAX_MS, firstWaitMs = FIRST_WAIT_MS, waitMaxMs = WAIT_MAX_MS, growth = GROWTH } = patience;
  const until = Date.now() + forMs;
  for (let ms = firstWaitMs; ; ms = Math.min(ms * growth, waitMaxMs)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      if (Date.now() + ms > until) throw unavailable(what, error);
      await wait(ms);
    }
  }
}

export const isNamed = (error: unknown): error is HeadraceError => error instanceof HeadraceError;
