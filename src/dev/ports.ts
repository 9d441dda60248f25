/** Ports of 127.0.0.1, chosen once and remembered: below those that systems give to outgoing connections. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { HeadraceError } from '../error.js';

const FIRST = 20_000;
const LAST = 29_999;
const TRIES_MAX = 200;

export const HOST = '127.0.0.1';

export const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => done(true)));
  });

/** @throws HeadraceError `PORTS_TAKEN` */
export async function choosePort(not: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (!not.has(port) && (await isFree(port))) return port;
  }
  throw new HeadraceError('PORTS_TAKEN', `no free port of ${HOST} was found between ${FIRST} and ${LAST}.`, {
    remedy: 'fix-environment',
  });
}

/** Keeps the remembered ports that are still free, and chooses the others anew. */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  remembered: Partial<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const ports = {} as Record<Name, number>;
  const taken = new Set<number>();
  for (const name of names) {
    const before = remembered[name];
    ports[name] =
      before !== undefined && !taken.has(before) && (await isFree(before)) ? before : await choosePort(taken);
    taken.add(ports[name]);
  }
  return ports;
}
