/**
 * One GET to a worker's HTTP, path as given: `fetch` would take a key `..` for a folder.
 * Errors: `WORKER_NOT_REACHED`, saying why.
 */
import { request } from 'node:http';
import { HeadraceError } from '../error.js';

export interface Got {
  readonly status: number;
  readonly body: string;
}

/** An answer larger than that is none of a worker's. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** @param address host:port, IPv6 in brackets. @param maxMs for the whole answer */
export function httpGet(
  address: string,
  path: string,
  maxMs: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Got> {
  return new Promise((done, failed) => {
    const fail = (cause: Error) => {
      const why = cause.name === 'AbortError' ? `it did not answer in ${maxMs} ms` : cause.message;
      failed(
        new HeadraceError('WORKER_NOT_REACHED', `the worker at http://${address} was not reached: ${why}`, {
          remedy: 'retry',
          cause,
          address,
        }),
      );
    };
    const colon = address.lastIndexOf(':');
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    const port = Number(address.slice(colon + 1));
    const options = { host, port, path, headers, agent: false as const, signal: AbortSignal.timeout(maxMs) };
    const asked = request(options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) response.destroy(new Error(`its answer is larger than ${BODY_BYTES_MAX} bytes`));
      });
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end();
  });
}
