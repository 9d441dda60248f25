import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArtifactStore, folderArtifacts } from '../../src/contract/artifacts.js';
import { writeLabelsPart, writeVectorsPart } from '../../src/training/parts.js';
import { columns, keys, labelOf, model, vectorOf } from './snapshot-of.js';

let folder: string;
let artifacts: ArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-parts-'));
  artifacts = folderArtifacts(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(id: string, select = '*') {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const found = await connection.runAndReadAll(`select ${select} from read_parquet('${await artifacts.path(id)}')`);
  return found.getRowObjectsJson();
}
const range = { topic: 'departures', partition: 3, from: 10, to: 20 };
const view = { columns, keys };

describe('writeVectorsPart', () => {
  const rows = [
    vectorOf(10, 1000),
    vectorOf(15, 2 ** 52, {
      keys: { flight: 7, origin: null },
      features: { x: 0.1, offset: 5, carrier: null },
      missing: ['plane', 'origin'],
    }),
  ];

  it('keeps position, times, keys and features, each in a flat column', async () => {
    const part = await writeVectorsPart(artifacts, range, view, rows);
    expect(part).toEqual({
      ...{ kind: 'vectors', model: null, source: 'serve', ...range, rows: 2 },
      file: 'vectors-departures-3-10-20.parquet',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const [first, second] = await read(part!.sha256);
    expect(first).toMatchObject({ partition: 3, offset: '10', event_time: '1000', key_flight: 'f10', feature_x: 10 });
    expect(second).toMatchObject({
      ...{ offset: '15', known_time: String(2 ** 52), event_id: 'f15', missing_groups: 'plane,origin' },
      ...{ key_flight: '7', key_origin: null, feature_x: Math.fround(0.1), feature_offset: 5, feature_carrier: null },
    });
    expect(await read(part!.sha256, 'distinct typeof(feature_x) as x')).toEqual([{ x: 'FLOAT' }]);
  });

  it('gives the same rows the same bytes', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => vectorOf(i, i * 10));
    const wide = { ...range, from: 0, to: 5000 };
    const [a, b] = [
      await writeVectorsPart(artifacts, wide, view, many),
      await writeVectorsPart(artifacts, wide, view, many),
    ];
    expect(a).toEqual(b);
    expect(a!.rows).toBe(5000);
    expect(await read(a!.sha256, 'count(*) as n, sum("offset") as s')).toEqual([{ n: '5000', s: '12497500' }]);
  });

  it('makes no part of no rows', async () => {
    expect(await writeVectorsPart(artifacts, range, view, [])).toBeNull();
  });

  it.each([
    ['beyond its range', [vectorOf(20, 1)]],
    ['before its range', [vectorOf(9, 1)]],
    ['twice', [vectorOf(10, 1), vectorOf(10, 1)]],
  ])('stops at an offset %s', async (_, bad) => {
    await expect(writeVectorsPart(artifacts, range, view, bad)).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
  });
});

describe('writeLabelsPart', () => {
  it('evaluates the condition, and leaves out what joins nothing', async () => {
    const rows = [
      labelOf(10, 5, 'a', 15),
      labelOf(11, 6, 'b', 14),
      labelOf(12, 7, 'c', null),
      labelOf(13, 8, null, 99),
    ];
    const part = await writeLabelsPart(artifacts, { ...range, topic: 'arrivals' }, model, rows, 'backfill');
    expect(part).toMatchObject({ kind: 'labels', model: 'late', source: 'backfill', rows: 3 });
    expect(part!.file).toBe('labels-late-arrivals-3-10-20.parquet');
    expect(await read(part!.sha256, 'topic, known_time, join_value, label')).toEqual([
      { topic: 'arrivals', known_time: '5', join_value: 'a', label: true },
      { topic: 'arrivals', known_time: '6', join_value: 'b', label: false },
      { topic: 'arrivals', known_time: '7', join_value: 'c', label: null },
    ]);
  });
});
