#!/usr/bin/env node
/** The program `headrace`: hands the process's own surroundings to `run`, and ends with its code. */
import { run } from './run.js';

/** What still lingers after a command has ended (a connection that is closing) may take this long. */
const LINGER_MS = 500;

// `headrace tap … | head` closes the pipe early, and means no harm.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const code = await run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  columns: process.stderr.isTTY ? process.stderr.columns : null,
});
process.exitCode = code;
setTimeout(() => process.exit(code), LINGER_MS).unref();
