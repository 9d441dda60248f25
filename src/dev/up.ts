/**
 * A real Kafka and schema registry on this machine, for a project: `up`, `down`, `localStatus`.
 * Goal: one call, and a second one finds the first. Method: under the folder's lock, start what does not run, in parallel,
 * and wait until each answers. Invariants: bound to loopback only; data and ports are kept between runs; what this call
 * started is stopped if the rest does not come up.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadraceError } from '../error.js';
import type { Settings } from '../runtime/settings.js';
import { jarsFolder } from './jars.js';
import { findJava } from './java.js';
import { kafka } from './kafka.js';
import { withLock } from './lock.js';
import { choosePorts, HOST } from './ports.js';
import { bears, stopProcess } from './processes.js';
import {
  livingProcesses,
  localFolder,
  markOf,
  type Processes,
  readPorts,
  serviceFolder,
  writePorts,
  writeProcesses,
} from './record.js';
import { registry, registryUrl } from './registry.js';
import { PORTS, type Ports, SERVICES, type Service, type ServiceName } from './service.js';

/** Another process may be starting or stopping, and downloading before that. */
const LOCK_WAIT_MS = 15 * 60_000;
const START_MAX_MS = 90_000;
const POLL_MS = 100;
const LOG_LINES_SHOWN = 8;

const services: Readonly<Record<ServiceName, Service>> = { kafka, registry };

export type LocalSettings = Pick<Settings, 'kafkaVersion' | 'registryVersion' | 'jarsUrl'>;

export interface UpOptions {
  /** The project's folder, `.headrace`. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly settings: LocalSettings;
  readonly progress?: (line: string) => void;
}

export interface Local {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Whether this call started anything. */
  readonly started: boolean;
  /** Stops both if this call started anything; else they are someone else's, and go on. */
  stop(): Promise<void>;
}

export interface ServiceStatus {
  readonly name: ServiceName;
  readonly state: 'running' | 'not answering' | 'stopped';
  readonly pid: number | null;
  readonly version: string | null;
  /** host:port of Kafka, URL of the registry; null where it never ran. */
  readonly address: string | null;
  readonly logs: readonly string[];
}

const addressOf = (name: ServiceName, ports: Ports): string =>
  name === 'kafka' ? `${HOST}:${ports.kafka}` : registryUrl(ports);

const complete = (ports: Partial<Ports>): Ports | null =>
  PORTS.every((name) => ports[name] !== undefined) ? (ports as Ports) : null;

/** What runs for this folder; asks each process that is there. */
export async function localStatus({ folder }: { readonly folder: string }): Promise<readonly ServiceStatus[]> {
  const processes = livingProcesses(folder);
  const ports = complete(readPorts(folder));
  return Promise.all(
    SERVICES.map(async (name): Promise<ServiceStatus> => {
      const running = ports && processes[name];
      const answers = running ? await services[name].healthy(ports) : false;
      return {
        name,
        state: !running ? 'stopped' : answers ? 'running' : 'not answering',
        pid: running?.pid ?? null,
        version: running?.version ?? null,
        address: ports && addressOf(name, ports),
        logs: services[name].logs(serviceFolder(folder, name)),
      };
    }),
  );
}

/** Where the folder's Kafka and registry are, if both run and answer; else null. */
export async function findLocal(folder: string): Promise<{ brokers: readonly string[]; registryUrl: string } | null> {
  const [first, second] = await localStatus({ folder });
  if (first?.state !== 'running' || second?.state !== 'running') return null;
  return { brokers: [first.address!], registryUrl: second.address! };
}

/**
 * Finds or starts the local Kafka and registry.
 * @throws HeadraceError `JAVA_MISSING`, `JARS_UNAVAILABLE`, `JARS_BROKEN`, `LOCAL_BUSY`, `LOCAL_START_FAILED`, `PORTS_TAKEN`
 */
export async function up(options: UpOptions): Promise<Local> {
  const { folder, progress = () => {} } = options;
  const found = await findLocal(folder);
  if (found) return { ...found, started: false, stop: async () => {} };
  return withLock(
    join(localFolder(folder), 'up.lock'),
    LOCK_WAIT_MS,
    () => start(options, progress),
    (holder) => progress(`waiting for process ${holder}, which is starting or stopping the local Kafka`),
  );
}

async function start(options: UpOptions, progress: (line: string) => void): Promise<Local> {
  const { folder } = options;
  const before = livingProcesses(folder);
  const missing = SERVICES.filter((name) => !before[name]);
  const jars = await prepare(options, missing, progress);
  const ports = await portsFor(folder, before);
  const processes: Processes = { ...before };
  try {
    const outcomes = await Promise.allSettled(
      SERVICES.map(async (name) => {
        const begun = Date.now();
        if (missing.includes(name)) {
          const version = versionOf(options.settings, name);
          const at = { java: jars.java, jars: jars.folders[name]!, folder: serviceFolder(folder, name), ports };
          const pid = await services[name].start({ ...at, mark: markOf(folder, name) });
          processes[name] = { pid, version };
          writeProcesses(folder, processes);
        }
        await answers(folder, name, processes[name]!.pid, ports);
        progress(`${name} answers at ${addressOf(name, ports)} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  } catch (error) {
    await Promise.all(missing.map((name) => processes[name] && stopProcess(processes[name].pid, markOf(folder, name))));
    writeProcesses(folder, before);
    throw error;
  }
  return {
    brokers: [addressOf('kafka', ports)],
    registryUrl: addressOf('registry', ports),
    started: missing.length > 0,
    stop: async () => {
      if (missing.length > 0) await down({ folder });
    },
  };
}

const versionOf = (settings: LocalSettings, name: ServiceName): string =>
  name === 'kafka' ? settings.kafkaVersion : settings.registryVersion;

/** Java, and the verified jars of what is to be started. */
async function prepare(
  { settings, cacheFolder }: UpOptions,
  missing: readonly ServiceName[],
  progress: (line: string) => void,
): Promise<{ java: string; folders: Partial<Record<ServiceName, string>> }> {
  if (missing.length === 0) return { java: '', folders: {} };
  const java = await findJava();
  const folders: Partial<Record<ServiceName, string>> = {};
  // One after the other: Maven's own cache is not made for two at a time.
  for (const product of missing) {
    const version = versionOf(settings, product);
    folders[product] = await jarsFolder({ product, version, cacheFolder, jarsUrl: settings.jarsUrl, progress });
  }
  return { java, folders };
}

/** Those of running services as they are, the others checked to be free. */
async function portsFor(folder: string, running: Processes): Promise<Ports> {
  const before = readPorts(folder);
  const kept = new Set(
    SERVICES.filter((name) => running[name]).flatMap((n) => (n === 'kafka' ? ['kafka', 'controller'] : [n])),
  );
  const chosen = await choosePorts(
    PORTS.filter((name) => !kept.has(name)),
    before,
  );
  const ports = complete({ ...before, ...chosen });
  if (!ports) {
    throw new HeadraceError(
      'LOCAL_START_FAILED',
      `${localFolder(folder)} has lost its ports: run \`headrace down\` first.`,
      {
        remedy: 'fix-environment',
      },
    );
  }
  writePorts(folder, ports);
  return ports;
}

async function answers(folder: string, name: ServiceName, pid: number, ports: Ports): Promise<void> {
  const until = Date.now() + START_MAX_MS;
  while (!(await services[name].healthy(ports))) {
    const gone = !bears(pid, markOf(folder, name));
    if (gone || Date.now() > until) {
      const logs = services[name].logs(serviceFolder(folder, name));
      const what = gone ? 'ended while it was starting' : `does not answer after ${START_MAX_MS} ms`;
      throw new HeadraceError(
        'LOCAL_START_FAILED',
        `The local ${name} ${what}. See ${logs.join(' and ')}:\n${tail(logs)}`,
        {
          remedy: 'fix-environment',
          logs,
        },
      );
    }
    await sleep(POLL_MS);
  }
}

function tail(logs: readonly string[]): string {
  const lines = logs.flatMap((file) => {
    try {
      return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
    } catch {
      return [];
    }
  });
  return lines.map((line) => `  ${line}`).join('\n');
}

/**
 * Stops what runs for this folder, and keeps its data.
 * @returns the names of what was stopped
 * @throws HeadraceError `LOCAL_STOP_FAILED`, `LOCAL_BUSY`
 */
export async function down({ folder }: { readonly folder: string }): Promise<readonly ServiceName[]> {
  if (!existsSync(localFolder(folder))) return [];
  return withLock(join(localFolder(folder), 'up.lock'), LOCK_WAIT_MS, async () => {
    const processes = livingProcesses(folder);
    const running = SERVICES.filter((name) => processes[name]);
    await Promise.all(running.map((name) => stopProcess(processes[name]!.pid, markOf(folder, name))));
    writeProcesses(folder, {});
    return running;
  });
}
