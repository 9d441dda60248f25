/**
 * A user's own trainer: a program that turns prepared rows into `model.onnx` and `metrics.json`.
 * It is given HEADRACE_MANIFEST, a JSON file (`CommandManifest`) whose `train` names a Parquet file of the training rows, already
 * eligible, labelled, split and coded, so that no trainer has to keep the rules against leaks by itself; and HEADRACE_OUT, the folder
 * to write into. If it fails, the error shows the end of its output.
 * Errors: `TRAINER_FAILED`, with what it last wrote; the signal's reason where it is aborted.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codes } from '../contract/encode-row.js';
import type { SnapshotManifest } from '../contract/manifest.js';
import { HeadraceError } from '../error.js';
import { type FileColumn, writeParquet } from '../log/parquet.js';
import type { ModelDefinition } from '../topology/definition.js';
import type { Column } from '../topology/fields.js';
import type { DatasetRows } from './dataset.js';
import { featureColumn } from './parts.js';

export interface CommandManifest {
  readonly model: ModelDefinition;
  readonly snapshot: SnapshotManifest;
  /** Columns of `x`, in order; in the file they are `feature_<name>`, beside `label` (0 or 1) and `event_time`. */
  readonly columns: readonly Column[];
  readonly codes: Codes;
  readonly train: string;
}

export interface CommandResult {
  readonly onnx: Buffer;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A trainer that has not ended by then is stopped. */
export const COMMAND_TIMEOUT_MS = 3_600_000;
/** How much of what it wrote an error shows. */
const OUTPUT_TAIL_BYTES = 4096;

export interface CommandOptions {
  readonly command: readonly string[];
  /** A folder of its own. */
  readonly folder: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export async function trainByCommand(
  rows: DatasetRows,
  about: Omit<CommandManifest, 'train'>,
  { command, folder, timeoutMs = COMMAND_TIMEOUT_MS, signal }: CommandOptions,
): Promise<CommandResult> {
  const train = join(folder, 'train.parquet');
  const manifest = join(folder, 'manifest.json');
  const out = join(folder, 'out');
  await mkdir(out, { recursive: true });
  await writeTrainingRows(train, about.columns, rows);
  await writeFile(manifest, JSON.stringify({ ...about, train } satisfies CommandManifest, null, 2));
  const environment = { ...process.env, HEADRACE_MANIFEST: manifest, HEADRACE_OUT: out };
  const output = await runCommand(command, environment, timeoutMs, signal);
  const read = (name: string) =>
    readFile(join(out, name)).catch(() => {
      throw failed(command, `ended well, but wrote no ${name} into HEADRACE_OUT`, output);
    });
  return { onnx: await read('model.onnx'), metrics: parseMetrics(command, await read('metrics.json')) };
}

async function writeTrainingRows(file: string, columns: readonly Column[], rows: DatasetRows): Promise<void> {
  const { matrix, labels, t } = rows;
  const fields: FileColumn<number>[] = columns.map(({ name }, column) => ({
    name: featureColumn(name),
    type: 'FLOAT',
    value: (row) => {
      const value = matrix[row * columns.length + column]!;
      return Number.isNaN(value) ? null : value;
    },
  }));
  fields.push({ name: 'label', type: 'INTEGER', value: (row) => labels[row]! });
  fields.push({ name: 'event_time', type: 'BIGINT', value: (row) => BigInt(t[row]!) });
  await writeParquet(file, fields, labels.keys());
}

/** Resolves with the tail of what the program wrote, once it ended with exit code 0. */
function runCommand(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let tail = Buffer.alloc(0);
    let stopped: unknown = null;
    // a process group of its own, so that what it started ends with it
    const child = spawn(command[0]!, command.slice(1), {
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (why: unknown) => {
      stopped ??= why;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const keep = (bytes: Buffer) => {
      tail = Buffer.concat([tail, bytes]).subarray(-OUTPUT_TAIL_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(
      () => stop(failed(command, `did not end within ${timeoutMs} ms`, tail.toString())),
      timeoutMs,
    );
    const abort = () => stop(signal!.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const end = (error: unknown) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      if (error === null) resolve(tail.toString());
      else reject(error);
    };
    child.on('error', (cause) => end(failed(command, `cannot be started: ${cause.message}`, '', cause)));
    child.on('close', (code, by) => {
      if (stopped !== null) end(stopped);
      else if (code === 0) end(null);
      else end(failed(command, code === null ? `was ended by ${by}` : `ended with exit code ${code}`, tail.toString()));
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}

function parseMetrics(command: readonly string[], bytes: Buffer): Record<string, number> {
  let metrics: unknown;
  try {
    metrics = JSON.parse(bytes.toString());
  } catch (cause) {
    throw failed(command, 'wrote a metrics.json that is no JSON', '', cause);
  }
  const isObject = typeof metrics === 'object' && metrics !== null && !Array.isArray(metrics);
  if (!isObject || !Object.values(metrics as object).every(Number.isFinite))
    throw failed(command, 'wrote a metrics.json that is no object of finite numbers', bytes.toString().slice(0, 200));
  return metrics as Record<string, number>;
}

function failed(command: readonly string[], how: string, output: string, cause?: unknown): HeadraceError {
  const told = output.trim() === '' ? '' : `; it last wrote:\n${output.trim()}`;
  return new HeadraceError('TRAINER_FAILED', `the trainer '${command.join(' ')}' ${how}${told}`, {
    remedy: 'fix-environment',
    command,
    cause,
  });
}
