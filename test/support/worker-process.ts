/** A worker in a process of its own, as an operator runs it: the built program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectFile } from './memory-world.js';

export interface WorkerProcess {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

export function startWorkerProcess(topology: string, env: Readonly<Record<string, string>>): WorkerProcess {
  const child = spawn(process.execPath, [projectFile('dist/cli/main.js'), 'run', topology], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
