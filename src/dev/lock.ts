/**
 * A lock between processes, as a file.
 * Method: the file, complete, is linked into place (link fails where there is one already); it names its holder by process
 * number and start, so that one left by a dead process is seen and replaced. Invariant: one holder at a time.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadraceError } from '../error.js';
import { startOf } from './processes.js';

const POLL_MS = 100;
/** Replacing a lock takes a millisecond; whoever takes longer has died while doing it. */
const TAKEOVER_MS = 5_000;

let locks = 0;

/**
 * Runs `work` while holding the lock.
 * @param waitMsMax how long to wait for another holder
 * @param waiting called once if there is another holder
 * @throws HeadraceError `LOCAL_BUSY` after that time, naming file and holder
 */
export async function withLock<T>(
  file: string,
  waitMsMax: number,
  work: () => Promise<T>,
  waiting?: (holder: number) => void,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const until = Date.now() + waitMsMax;
  for (let told = false; !acquire(file); ) {
    const holder = holderOf(file);
    if (holder && startOf(holder.pid) !== holder.start) {
      replace(file);
      continue;
    }
    if (Date.now() > until) {
      const who = holder ? `process ${holder.pid}` : 'another process';
      throw new HeadraceError('LOCAL_BUSY', `${who} has held ${file} for ${waitMsMax} ms: wait for it, or end it.`, {
        remedy: 'retry',
        file,
        pid: holder?.pid,
      });
    }
    if (!told && holder) waiting?.(holder.pid);
    told = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file: string): boolean {
  const own = `${file}.${process.pid}.${locks++}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function holderOf(file: string): { pid: number; start: string | null } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // released meanwhile
  }
}

/** Removes a lock whose holder is dead; only one process may do so at a time, or it would remove the next holder's. */
function replace(file: string): void {
  const takeover = `${file}.takeover`;
  try {
    writeFileSync(takeover, '', { flag: 'wx' });
  } catch {
    const since = statSync(takeover, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > TAKEOVER_MS) rmSync(takeover, { force: true });
    return;
  }
  try {
    const holder = holderOf(file);
    if (holder && startOf(holder.pid) !== holder.start) rmSync(file, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
}
