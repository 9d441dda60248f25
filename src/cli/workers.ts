/**
 * Where running workers of a project tell how they are reached: one file a process.
 * A file whose process is gone is of a worker that was killed: it is removed by whoever sees it.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const workersFolder = (folder: string, topology: string) => join(folder, 'workers', topology);

export interface WorkerFile {
  readonly topology: string;
  readonly pid: number;
  /** Where its HTTP is reached on this machine: host:port. */
  readonly http: string;
  readonly pipelines: readonly string[];
}

/** @param topology null: of every topology */
export function runningWorkers(folder: string, topology: string | null): WorkerFile[] {
  const all = join(folder, 'workers');
  const names = topology !== null ? [topology] : existsSync(all) ? readdirSync(all).sort() : [];
  return names.flatMap((name) => {
    const place = workersFolder(folder, name);
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .filter((file) => /^\d+\.json$/.test(file))
      .flatMap((file) => readWorker(join(place, file), name) ?? []);
  });
}

function readWorker(file: string, topology: string): WorkerFile | null {
  let read: Omit<WorkerFile, 'topology'>;
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as Omit<WorkerFile, 'topology'>;
  } catch {
    return null; // being written, or just removed by its worker
  }
  if (isAlive(read.pid)) return { topology, ...read };
  rmSync(file, { force: true });
  return null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
