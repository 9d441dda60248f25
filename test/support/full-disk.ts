/** Makes the disk full for one process: no file that it writes can grow. */
import { execFileSync } from 'node:child_process';

/** Whether this machine has what it takes (`prlimit`, of util-linux). */
export function hasFullDisks(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function setDiskFull(pid: number, full: boolean): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${full ? '1' : 'unlimited'}:unlimited`]);
}
