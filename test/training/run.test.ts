import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArtifactStore, folderArtifacts } from '../../src/contract/artifacts.js';
import {
  type ModelManifest,
  manifestBytes,
  parseModelManifest,
  type SnapshotManifest,
} from '../../src/contract/manifest.js';
import { silentLogger } from '../../src/runtime/ports.js';
import type { ModelDefinition, TrainerDefinition } from '../../src/topology/definition.js';
import { trainFromSnapshot } from '../../src/training/run.js';
import { random } from '../../src/training/trees/random.js';
import { labelOf, model, snapshotOf, vectorOf } from './snapshot-of.js';

let folder: string;
let artifacts: ArtifactStore;
let snapshot: SnapshotManifest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-run-'));
  artifacts = folderArtifacts(folder);
  snapshot = await snapshotOf(artifacts, ...flights(1200), 1300);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One flight a millisecond; its lateness depends on x and on the carrier. */
function flights(rows: number) {
  const draw = random(7);
  const drawn = Array.from({ length: rows }, (_, i) => {
    const [x, carrier] = [draw(), draw() < 0.5 ? 'UA' : 'AA'];
    const features = { x: Math.fround(x), offset: draw() < 0.5 ? null : 1, carrier };
    const delay = draw() < 1 / (1 + Math.exp(4 - 6 * x - (carrier === 'UA' ? 2 : 0))) ? 20 : 0;
    return [vectorOf(i, i, { features }), labelOf(i, i + 50, `f${i}`, delay)] as const;
  });
  return [[drawn.map(([vector]) => vector)], [drawn.map(([, label]) => label)]] as const;
}
const train = (m: ModelDefinition, version: number, champion: ModelManifest | null) =>
  trainFromSnapshot({
    ...{ manifest: snapshot, model: m, version, artifacts, champion, logger: silentLogger },
    clock: { now: () => 5, sleep: async () => {} },
  });

describe('trainFromSnapshot', () => {
  it('makes a version that later rows prove, and stores it', async () => {
    const { manifest, manifestId, decision, meeting } = await train(model, 1, null);
    expect(decision).toEqual({ promote: true, reasons: [expect.stringMatching(/^auc 0\.\d+ is at least 0.600$/)] });
    expect(meeting).toBeNull();
    expect(manifest.codes).toEqual({ carrier: ['AA', 'UA'] });
    expect(manifest.rows).toEqual({ train: 799, gate: 301 });
    expect(manifest.trainedUntil).toBe(798);
    expect(manifest.metrics!.auc).toBeGreaterThan(0.75);
    const stored = JSON.parse((await artifacts.get(manifestId)).toString());
    expect(parseModelManifest('stored', stored)).toEqual(manifest);
    expect(await artifacts.has(manifest.onnx)).toBe(true);
  });

  it('makes the same again, byte for byte', async () => {
    const [a, b] = [await train(model, 1, null), await train(model, 1, null)];
    expect(manifestBytes(a.manifest).equals(manifestBytes(b.manifest))).toBe(true);
  });

  it('meets the champion on rows that neither knows', async () => {
    const weak = { ...model, trainer: { ...model.trainer, trees: 1 } as TrainerDefinition };
    const first = await train(weak, 1, null);
    const better = await train(model, 2, first.manifest);
    expect(better.decision.promote).toBe(true);
    expect(better.meeting).toMatchObject({ challenger: { rows: 301 }, champion: { rows: 301 } });
    expect((await train(weak, 3, better.manifest)).decision).toMatchObject({ promote: false });
    const tie = await train(model, 3, better.manifest);
    expect(tie.decision.reasons).toEqual([expect.stringContaining("the champion's")]);
    // the last row is of 1199: what is later than the champion's 1000 + 100 are 99 rows, than 1099 + 100 none
    const seen = await train(model, 3, { ...first.manifest, trainedUntil: 1099 });
    expect(seen.decision.reasons.join()).toContain(
      '0 gate rows that are new to champion and challenger are fewer than',
    );
    const late = await train(model, 3, { ...first.manifest, trainedUntil: 1000 });
    expect(late.meeting).toMatchObject({ challenger: { rows: 99 }, champion: { rows: 99 } });
  });

  it('does not compare with a champion of another view, and names a champion that is gone', async () => {
    const { manifest } = await train(model, 1, null);
    const other = { ...manifest, view: { ...manifest.view, hash: 'h0' } };
    expect((await train(model, 2, other)).decision).toMatchObject({ promote: false });
    await expect(train(model, 2, { ...manifest, onnx: 'c'.repeat(64) })).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
    });
  });

  it("trains by a user's command", async () => {
    const { onnx } = (await train(model, 1, null)).manifest;
    const script = fileURLToPath(new URL('./trainer-command.mjs', import.meta.url));
    const trainer: TrainerDefinition = {
      kind: 'command',
      command: [process.execPath, script, 'copy', await artifacts.path(onnx)],
    };
    const { manifest, decision } = await train({ ...model, trainer }, 2, null);
    expect(manifest).toMatchObject({ seed: null, onnx, trainerMetrics: { rows: 799 }, trainer: { kind: 'command' } });
    expect(decision.promote).toBe(true);
  });

  it('refuses what a command made of another width', async () => {
    const script = fileURLToPath(new URL('./trainer-command.mjs', import.meta.url));
    const trainer: TrainerDefinition = { kind: 'command', command: [process.execPath, script, 'copy', script] };
    await expect(train({ ...model, trainer }, 2, null)).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' });
  });
});
