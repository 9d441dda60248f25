/**
 * Connections to a broker that refuses them, spaced.
 * Goal: an outage costs little, so that a broker that starts on the same machine has its processor. Method: readers, producers and members
 * have connections of their own, some dozens in a worker; what one of them was refused is refused to all for a moment.
 * Invariant: a broker that is back is found within `CONNECT_REST_MS`.
 */
import { Transient } from './retry.js';

export const CONNECT_REST_MS = 100;

type Connect<T> = (host: string, port: number) => Promise<T>;

/** @returns `connect`, which fails at once (`Transient`, with the words of the refusal) where it was refused within CONNECT_REST_MS */
export function spaced<T>(connect: Connect<T>, now: () => number = Date.now): Connect<T> {
  const refusals = new Map<string, { readonly atMs: number; readonly cause: Error }>();
  return async (host, port) => {
    const name = `${host}:${port}`;
    const last = refusals.get(name);
    if (last !== undefined && now() - last.atMs < CONNECT_REST_MS) {
      throw new Transient(last.cause.message, { cause: last.cause });
    }
    try {
      const connection = await connect(host, port);
      refusals.delete(name);
      return connection;
    } catch (cause) {
      refusals.set(name, { atMs: now(), cause: cause as Error });
      throw cause;
    }
  };
}
