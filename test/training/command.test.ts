import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotManifest } from '../../src/contract/manifest.js';
import { trainByCommand } from '../../src/training/command.js';
import { columns, model } from './snapshot-of.js';

const script = fileURLToPath(new URL('./trainer-command.mjs', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rows = {
  matrix: Float32Array.of(1, Number.NaN, 0, 2, 3, Number.NaN),
  labels: Uint8Array.of(0, 1),
  t: Float64Array.of(10, 20),
};
const run = (args: string[], options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  trainByCommand(
    rows,
    { model, columns, codes: { carrier: ['UA'] }, snapshot: {} as SnapshotManifest },
    { command: [process.execPath, script, ...args], folder, ...options },
  );

describe('trainByCommand', () => {
  it('hands the rows over and takes model and metrics back', async () => {
    const { onnx, metrics } = await run(['copy', script]);
    expect(metrics).toEqual({ rows: 2 });
    expect(onnx.toString()).toContain('A trainer as a user might write one');
  });

  it.each([
    ['its exit code and last words', ['exit'], /exit code 3; it last wrote:\nno such column: speed/],
    ['what it did not write', ['nothing'], /wrote no model.onnx/],
    ['metrics that are no numbers', ['text', script], /no object of finite numbers/],
  ])('names %s', async (_, args, message) => {
    await expect(run(args)).rejects.toMatchObject({ code: 'TRAINER_FAILED', message: expect.stringMatching(message) });
  });

  it('names a program that cannot be started', async () => {
    const about = { model, columns, codes: {}, snapshot: {} as SnapshotManifest };
    await expect(trainByCommand(rows, about, { command: ['/no/such/program'], folder })).rejects.toMatchObject({
      code: 'TRAINER_FAILED',
      message: expect.stringContaining('cannot be started'),
    });
  });

  it('stops one that takes too long, or that nobody waits for any more', async () => {
    const begun = performance.now();
    await expect(run(['hang'], { timeoutMs: 400 })).rejects.toMatchObject({
      code: 'TRAINER_FAILED',
      message: expect.stringContaining('did not end within 400 ms'),
    });
    await expect(run(['hang'], { signal: AbortSignal.timeout(300) })).rejects.toThrow('timeout');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
