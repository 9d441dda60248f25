/** Processor time of this process: as a whole, and by thread where Linux tells. */
import { readdirSync, readFileSync } from 'node:fs';

/** `user` and `system` of all threads, seconds: RocksDB's and the garbage collector's included. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const TICKS_A_SECOND = 100;

/** Seconds by the name of threads, the main thread as `main`; null where there is no /proc. */
export function cpuByThread(): Record<string, number> | null {
  try {
    const seconds: Record<string, number> = {};
    for (const thread of readdirSync('/proc/self/task')) {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const key = Number(thread) === process.pid ? 'main' : name;
      seconds[key] = (seconds[key] ?? 0) + (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    }
    return seconds;
  } catch {
    return null;
  }
}
