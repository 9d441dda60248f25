import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { bears, commandLine, startDetached, startOf, stopProcess } from '../../src/dev/processes.js';

const folder = mkdtempSync(join(tmpdir(), 'headrace-process-'));
const mark = `-Dheadrace.test=${folder}#`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (script: string) =>
  startDetached({
    command: process.execPath,
    args: ['-e', script, '--', mark],
    env: { GREETING: 'hello' },
    cwd: folder,
    output: join(folder, 'output.log'),
  });

test('a process is known by its mark, and only then stopped', async () => {
  const pid = await start('console.log(process.env.GREETING); setInterval(() => {}, 1000)');
  expect(bears(pid, mark)).toBe(true);
  expect(startOf(pid)).not.toBeNull();
  expect(startOf(pid)).toBe(startOf(pid));
  await stopProcess(pid, '-Dheadrace.test=/another#');
  expect(bears(pid, mark)).toBe(true);
  while (!readFileSync(join(folder, 'output.log'), 'utf8').includes('hello')) await sleep(10);
  await stopProcess(pid, mark);
  expect(commandLine(pid)).toBeNull();
});

test('a command that does not exist is an error, not a process', async () => {
  const missing = startDetached({ command: join(folder, 'none'), args: [], cwd: folder, output: join(folder, 'o') });
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
});
