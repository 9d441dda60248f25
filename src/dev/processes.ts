/**
 * Background processes that outlive the command that started them.
 * Invariant: a process is signalled only after its command line was found to bear the mark it was started with, because a
 * number in a file may by now belong to another process.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadraceError } from '../error.js';

const STOP_WAIT_MS = 20_000;
const KILL_WAIT_MS = 5_000;
const POLL_MS = 50;

const linux = process.platform === 'linux';

function ps(pid: number, column: 'command' | 'lstart'): string | null {
  try {
    const text = execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim() || null;
  } catch {
    return null;
  }
}

function proc(pid: number, file: 'cmdline' | 'stat'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}

/** The command line of a process, or null where there is none (a zombie has none either). */
export const commandLine = (pid: number): string | null =>
  linux ? proc(pid, 'cmdline')?.replaceAll('\0', ' ') || null : ps(pid, 'command');

/** When a process started, in a form that is good for comparison only; null where there is no such process. */
export function startOf(pid: number): string | null {
  if (!linux) return ps(pid, 'lstart');
  // The name of the program, in brackets, may hold anything: count from its end. Field 22 is the start in clock ticks.
  const stat = proc(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Whether the process is there and was started with this mark. */
export const bears = (pid: number, mark: string): boolean => commandLine(pid)?.includes(mark) ?? false;

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gets what the process prints, from the beginning of the file. */
  readonly output: string;
}

/** Starts a process in a session of its own, so that neither Ctrl-C nor the end of this one reaches it. */
export async function startDetached({ command, args, env, cwd, output }: Start): Promise<number> {
  const file = openSync(output, 'w');
  try {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', file, file],
    });
    const pid = await new Promise<number>((done, failed) => {
      child.once('error', failed);
      child.once('spawn', () => done(child.pid!));
    });
    child.unref();
    return pid;
  } finally {
    closeSync(file);
  }
}

/** Asks a process to stop, ends it if it does not, and waits until it is gone. Does nothing if it does not bear the mark. */
export async function stopProcess(pid: number, mark: string): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGTERM', STOP_WAIT_MS],
    ['SIGKILL', KILL_WAIT_MS],
  ] as const) {
    if (!bears(pid, mark)) return;
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new HeadraceError('LOCAL_STOP_FAILED', `process ${pid} cannot be stopped: ${(cause as Error).message}`, {
        remedy: 'fix-environment',
        cause,
        pid,
      });
    }
    for (const until = Date.now() + waitMs; Date.now() < until; await sleep(POLL_MS)) if (!bears(pid, mark)) return;
  }
  throw new HeadraceError('LOCAL_STOP_FAILED', `process ${pid} is still there after SIGKILL; end it by hand.`, {
    remedy: 'fix-environment',
    pid,
  });
}
