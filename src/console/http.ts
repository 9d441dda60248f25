/**
 * HTTP of a running worker, on loopback unless set otherwise: `/health`, `/status`, `/metrics`, and `/v1/groups` (see `groups.ts`).
 * Health tells apart: live (every task runs, and none waits for another partition), recovering (some are being opened), waiting (for what), stuck (a person is
 * needed; the only one that answers 503).
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeadraceError } from '../error.js';
import type { TaskStatus } from '../runtime/task.js';
import { addressOf, LOOPBACK } from './address.js';
import { type GroupsApi, PASSED_ON } from './groups.js';
import { GROUPS_PATH } from './question.js';

export interface Health {
  readonly health: 'live' | 'recovering' | 'waiting' | 'stuck';
  readonly because: readonly { readonly task: string; readonly code: string; readonly message: string }[];
}

export function healthOf(tasks: readonly TaskStatus[]): Health {
  const states = new Set(tasks.map((task) => task.state));
  const because = tasks
    .filter((task) => task.because !== null && task.state !== 'running')
    .map((task) => ({ task: task.task, code: task.because!.code, message: task.because!.message }));
  if (states.has('stuck')) return { health: 'stuck', because };
  if (states.has('opening') || states.has('backingOff')) return { health: 'recovering', because };
  const waits = tasks.filter(({ state, numbers }) => state === 'running' && numbers.waits_for);
  for (const { task, numbers } of waits)
    because.push({ task, code: 'WAITS_FOR', message: `waits for ${numbers.waits_for}` });
  if (states.has('waiting') || waits.length > 0) return { health: 'waiting', because };
  return { health: 'live', because };
}

export interface WorkerHttp {
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpOptions {
  /** Address to listen on. */
  readonly host?: string;
  readonly groups?: GroupsApi;
}

const PATHS = ['/health', '/status', '/metrics', '/v1/groups/<group>/<key>?at=<time>', '/v1/groups/<group>?top=<n>'];

/** @param port 0: any free one */
export async function serveHttp(
  port: number,
  status: () => readonly TaskStatus[],
  metrics: () => Promise<string>,
  { host = LOOPBACK, groups }: HttpOptions = {},
): Promise<WorkerHttp> {
  const server: Server = createServer((request, response) => {
    const answer = (code: number, type: string, body: string) => {
      response.writeHead(code, { 'content-type': type });
      response.end(body);
    };
    const json = (code: number, body: unknown) => answer(code, 'application/json', `${JSON.stringify(body)}\n`);
    const url = request.url ?? '/';
    const path = url.split('?')[0]!;
    if (groups !== undefined && path.startsWith(GROUPS_PATH)) {
      void groups(url, request.headers[PASSED_ON] !== undefined).then(({ status: code, body }) =>
        answer(code, 'application/json', body),
      );
    } else if (path === '/health') {
      const health = healthOf(status());
      json(health.health === 'stuck' ? 503 : 200, health);
    } else if (path === '/status') json(200, { ...healthOf(status()), tasks: status() });
    else if (path === '/metrics') {
      metrics().then(
        (text) => answer(200, 'text/plain; version=0.0.4', text),
        (cause) => answer(500, 'text/plain', `${(cause as Error).message}\n`),
      );
    } else json(404, { error: 'not found', paths: PATHS });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', (cause) =>
      failed(
        new HeadraceError(
          'HTTP_PORT_TAKEN',
          `cannot listen on ${addressOf(host, port)}: ${cause.message}; set HEADRACE_HTTP_PORT and HEADRACE_HTTP_HOST`,
          {
            remedy: 'fix-environment',
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
