import { stripVTControlCharacters } from 'node:util';
import type { Io } from '../../src/cli/context.js';
import { run } from '../../src/cli/run.js';

/** Runs a command in this process and returns what it wrote. */
export async function headrace(
  args: readonly string[],
  env: Record<string, string> = {},
  ports: Pick<Io, 'connect' | 'loadTopology'> = {},
) {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env,
    columns: null,
    ...ports,
  });
  return { code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) };
}
