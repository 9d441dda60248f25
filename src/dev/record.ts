/** What a project's local folder remembers: ports for ever, processes until they are stopped. */
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { bears } from './processes.js';
import { PORTS, type Ports, SERVICES, type ServiceName } from './service.js';

const portsShape = z.partialRecord(z.enum(PORTS), z.number().int());
const processesShape = z.partialRecord(z.enum(SERVICES), z.object({ pid: z.number().int(), version: z.string() }));

export type Processes = z.infer<typeof processesShape>;

/** By its real path, so that a project is the same through a symbolic link. */
export function localFolder(folder: string): string {
  try {
    return join(realpathSync(folder), 'local');
  } catch {
    return join(resolve(folder), 'local'); // not there yet
  }
}
export const serviceFolder = (folder: string, name: ServiceName): string => join(localFolder(folder), name);

/** What tells a service of this folder from every other process, on its command line. */
export const markOf = (folder: string, name: ServiceName): string => `-Dheadrace.${name}=${localFolder(folder)}#`;

function read<T>(file: string, shape: z.ZodType<T>, otherwise: T): T {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return otherwise; // absent, or cut off by a crash: ports are then chosen anew
  }
}

function write(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}

const portsFile = (folder: string) => join(localFolder(folder), 'ports.json');
const processesFile = (folder: string) => join(localFolder(folder), 'processes.json');

export const readPorts = (folder: string): Partial<Ports> => read(portsFile(folder), portsShape, {});
export const writePorts = (folder: string, ports: Ports): void => write(portsFile(folder), ports);

/** Those that are there and are ours; what else the file names is of the past. */
export function livingProcesses(folder: string): Processes {
  const all = read(processesFile(folder), processesShape, {});
  const alive = SERVICES.filter((name) => all[name] && bears(all[name].pid, markOf(folder, name)));
  return Object.fromEntries(alive.map((name) => [name, all[name]]));
}
export const writeProcesses = (folder: string, processes: Processes): void => write(processesFile(folder), processes);
