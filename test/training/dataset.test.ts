import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArtifactStore, folderArtifacts } from '../../src/contract/artifacts.js';
import type { AdmittedRow, VectorsRow } from '../../src/contract/frames.js';
import type { ModelDefinition } from '../../src/topology/definition.js';
import { openDataset } from '../../src/training/dataset.js';
import { labelOf, model, snapshotOf, vectorOf } from './snapshot-of.js';

let folder: string;
let artifacts: ArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-dataset-'));
  artifacts = folderArtifacts(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly t: number;
  readonly label: number;
  readonly x: number;
  readonly carrier: string | null;
}

/** The definition, row by row. */
function naive(vectors: VectorsRow[][], labels: AdmittedRow[][], asOf: number, { label, gates }: ModelDefinition) {
  const positioned = vectors.flatMap((rows, partition) => rows.map((row) => ({ row, partition })));
  const eligible = positioned.filter(({ row }) => row.time + label.withinMs <= asOf);
  const start = Math.max(...eligible.map(({ row }) => row.time)) - gates.onMs;
  const told: Told[] = [];
  eligible.sort((a, b) => a.row.time - b.row.time || a.partition - b.partition || a.row.offset - b.row.offset);
  for (const { row } of eligible) {
    let last: { known: number; partition: number; offset: number; late: boolean } | null = null;
    labels.forEach((events, partition) => {
      for (const { known, offset, event } of events) {
        if (event.flight !== row.keys.flight || event.delay === null || known > row.time + label.withinMs) continue;
        const later =
          last === null ||
          known > last.known ||
          (known === last.known &&
            (partition > last.partition || (partition === last.partition && offset > last.offset)));
        if (later) last = { known, partition, offset, late: (event.delay as number) >= 15 };
      }
    });
    const found = last as { late: boolean } | null;
    if (found === null && label.ifNone === 'exclude') continue;
    const { x, carrier } = row.features as { x: number; carrier: string | null };
    told.push({ t: row.time, label: found?.late ? 1 : 0, x, carrier });
  }
  return {
    eligible: eligible.length,
    gate: told.filter(({ t }) => t >= start),
    train: told.filter(({ t }) => t < start - gates.embargoMs),
  };
}

const time = fc.integer({ min: 0, max: 40 }).map((n) => n * 25);
const flight = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const carrier = fc.constantFrom(null, 'UA', 'AA', 'OO');
const vectors = fc.array(fc.tuple(time, flight, carrier, fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 25,
});
const labels = fc.array(fc.tuple(time, flight, fc.constantFrom(null, 0, 20)), { maxLength: 25 });
const positions = (gaps: readonly number[]) => {
  let next = -1;
  return gaps.map((gap) => {
    next += gap;
    return next;
  });
};

describe('openDataset', () => {
  it('holds the rows that the definition names, labelled and split so', async () => {
    const partsOf = fc.tuple(
      fc.array(vectors, { minLength: 1, maxLength: 2 }),
      fc.array(labels, { minLength: 1, maxLength: 2 }),
    );
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(partsOf, fc.constantFrom('exclude', 'negative'), time, async ([vs, ls], ifNone, asOf) => {
        const vectorRows = vs.map((rows) => {
          const offsets = positions(rows.map(([, , , gap]) => gap));
          return rows.map(([t, f, c], i) =>
            vectorOf(offsets[i]!, t, {
              keys: { flight: f, origin: 'EWR' },
              features: { x: offsets[i]!, offset: null, carrier: c },
            }),
          );
        });
        const labelRows = ls.map((rows) => rows.map(([known, f, delay], i) => labelOf(i, known, f, delay)));
        const asked: ModelDefinition = {
          ...model,
          // the built-in trainer refuses labels of one kind
          trainer: { kind: 'command', command: ['true'] },
          label: { ...model.label, ifNone: ifNone as 'exclude' },
          gates: { ...model.gates, onMs: 200, embargoMs: 75 },
        };
        const expected = naive(vectorRows, labelRows, asOf + 500, asked);
        const manifest = await snapshotOf(artifacts, vectorRows, labelRows, asOf + 500);
        if (expected.train.length === 0) {
          await expect(openDataset(manifest, asked, artifacts)).rejects.toMatchObject({
            code: 'TRAINING_SET_UNUSABLE',
          });
          return;
        }
        compared++;
        const dataset = await openDataset(manifest, asked, artifacts);
        expect(dataset.counts).toEqual({
          eligible: expected.eligible,
          train: expected.train.length,
          gate: expected.gate.length,
        });
        expect(dataset.trainedUntil).toBe(expected.train.at(-1)!.t);
        for (const split of ['train', 'gate'] as const) {
          const rows = await dataset.read(split);
          expect([...rows.t]).toEqual(expected[split].map(({ t }) => t));
          expect([...rows.labels]).toEqual(expected[split].map(({ label }) => label));
          const codeOf = (c: string | null) =>
            c === null || !dataset.codes.carrier!.includes(c) ? Number.NaN : dataset.codes.carrier!.indexOf(c);
          expect([...rows.matrix]).toEqual(expected[split].flatMap(({ x, carrier: c }) => [x, Number.NaN, codeOf(c)]));
        }
        const means = dataset.codes.carrier!.map((c) => {
          const of = expected.train.filter((row) => row.carrier === c);
          return of.reduce((sum, { label }) => sum + label, 0) / of.length;
        });
        expect(means.every(Number.isFinite)).toBe(true);
        expect([...means].sort((a, b) => a - b)).toEqual(means);
        dataset.close();
      }),
      { numRuns: 25 },
    );
    expect(compared).toBeGreaterThan(5);
  });

  it('reads with the codes of another model', async () => {
    const manifest = await snapshotOf(artifacts, [[vectorOf(0, 0), vectorOf(1, 1000)]], [[]], 5000);
    const trainer = { kind: 'command' as const, command: ['true'] };
    const asked = { ...model, trainer, label: { ...model.label, ifNone: 'negative' as const } };
    const dataset = await openDataset(manifest, asked, artifacts);
    expect((await dataset.read('gate', { carrier: ['AA', 'B6', 'UA'] })).matrix[2]).toBe(2);
    expect((await dataset.read('gate')).matrix[2]).toBe(0);
    dataset.close();
  });

  it('says why there is nothing to train on', async () => {
    const open =
      (asOf: number, m = model) =>
      async () =>
        openDataset(await snapshotOf(artifacts, [[vectorOf(0, 1000)]], [[]], asOf), m, artifacts);
    await expect(open(1099)).rejects.toThrow(
      'its events reach from 1970-01-01T00:00:01Z to 1970-01-01T00:00:01Z, 99ms; more than 500ms are needed: 100ms until a label is known, 300ms of gate rows, 100ms of embargo',
    );
    await expect(open(1100)).rejects.toThrow('100ms; more than 500ms are needed');
    const days = (n: number) => n * 86_400_000;
    const payments: ModelDefinition = {
      ...model,
      label: { ...model.label, withinMs: days(60) },
      gates: { ...model.gates, onMs: days(14), embargoMs: days(60) },
    };
    const since = Date.UTC(2025, 0, 1);
    const history = await snapshotOf(
      artifacts,
      [[vectorOf(0, since), vectorOf(1, since + days(100))]],
      [[]],
      since + days(133.99),
    );
    await expect(openDataset(history, payments, artifacts)).rejects.toThrow(
      /2025-01-01T00:00:00Z.*, 60d; more than 134d are needed/,
    );
    const gap = await snapshotOf(artifacts, [[vectorOf(0, 0), vectorOf(1, 500)]], [[]], 1000);
    await expect(openDataset(gap, model, artifacts)).rejects.toThrow(
      '2 rows are old enough, and none that is older than the gate rows and the embargo has a label',
    );
    await expect(open(1100, { ...model, view: 'other' })).rejects.toMatchObject({ code: 'SNAPSHOT_OF_ANOTHER_VIEW' });
    const label = { ...model.label, join: { scored: 'tailnum', label: 'flight' } };
    await expect(open(1100, { ...model, label })).rejects.toMatchObject({ code: 'LABEL_JOIN_MISSING' });
    const unknown = { ...gap, asOf: null };
    await expect(openDataset(unknown, model, artifacts)).rejects.toThrow(
      'it cannot be said up to when labels are known',
    );
    const empty = await snapshotOf(artifacts, [[]], [[]], 0);
    await expect(openDataset(empty, model, artifacts)).rejects.toThrow('no vectors yet');
  });

  it('says why all labels are of one kind, and how many came too late', async () => {
    const trees = { ...model, label: { ...model.label, ifNone: 'negative' as const } };
    const command = { ...trees, trainer: { kind: 'command' as const, command: ['true'] } };
    const rows = Array.from({ length: 10 }, (_, i) => vectorOf(i, i * 100));
    const open = async (labels: AdmittedRow[], m: ModelDefinition = trees) =>
      openDataset(await snapshotOf(artifacts, [rows], [labels], 2000), m, artifacts);
    await expect(open([])).rejects.toThrow('all 5 training rows are negative: there are no label events');
    await expect(open([labelOf(0, 50, 'nobody', 20)])).rejects.toThrow(
      "of 1 label event none has the flight of an event's flight that is old enough",
    );
    // Known 101 ms after the event, where 100 are allowed; the third in time, and saying no.
    const late = [labelOf(0, 101, 'f0', 20), labelOf(1, 201, 'f1', 20), labelOf(2, 250, 'f2', 0)];
    await expect(open(late)).rejects.toThrow(
      'of 3 label events found for them and later rows, 2 came too late (known more than 100ms after their event)',
    );
    await expect(open([late[2]!])).rejects.toThrow('by 1 label event known in time; wait for labels of both kinds');
    await expect(open(rows.map((_, i) => labelOf(i, i * 100, `f${i}`, 20)))).rejects.toThrow(
      'all 5 training rows are positive',
    );
    // A command of the user's may know what to do with them.
    (await open(late, command)).close();
    (await open([labelOf(0, 100, 'f0', 20)])).close();
  });
});
