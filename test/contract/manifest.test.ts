import { describe, expect, it } from 'vitest';
import {
  asOfKnown,
  type ModelManifest,
  manifestBytes,
  parseModelManifest,
  parseSnapshotManifest,
  type SnapshotManifest,
} from '../../src/contract/manifest.js';

const sha = 'a'.repeat(64);
const part = { kind: 'vectors', model: null, source: 'serve', file: 'v.parquet', sha256: sha, rows: 1 } as const;
const snapshot: SnapshotManifest = {
  format: 1,
  topology: 'flights',
  view: { name: 'delays', version: 1, hash: 'h' },
  columns: [{ name: 'hour', type: 'number' }],
  keys: ['flight_id'],
  parts: [
    { ...part, topic: 'departures', partition: 0, from: 0, to: 10 },
    { ...part, topic: 'departures', partition: 0, from: 10, to: 20 },
    { ...part, kind: 'labels', model: 'late', topic: 'arrivals', partition: 0, from: 0, to: 5 },
  ],
  frontier: [
    { topic: 'departures', partition: 0, next: 20, toEnd: false, known: 1000 },
    { topic: 'arrivals', partition: 0, next: 5, toEnd: true, known: 900 },
  ],
  asOf: 1000,
  createdAt: 1,
};

describe('asOfKnown', () => {
  it.each([
    [
      'the least of those not at their end',
      [
        [false, 5],
        [false, 3],
        [true, 1],
      ],
      3,
    ],
    [
      'the greatest where all are at their end',
      [
        [true, 5],
        [true, 9],
        [true, null],
      ],
      9,
    ],
    [
      'nothing while one of them has brought nothing yet',
      [
        [false, null],
        [true, 9],
      ],
      null,
    ],
    ['nothing of nothing', [], null],
    ['nothing where all are empty', [[true, null]], null],
  ] as [string, [boolean, number | null][], number | null][])('is %s', (_, frontier, expected) => {
    expect(asOfKnown(frontier.map(([toEnd, known]) => ({ toEnd, known })))).toBe(expected);
  });
});

describe('parseSnapshotManifest', () => {
  it('takes what was written', () => {
    expect(parseSnapshotManifest('s.json', JSON.parse(manifestBytes(snapshot).toString()))).toEqual(snapshot);
  });

  it.each([
    ['a part beyond the frontier', { parts: [{ ...snapshot.parts[0], to: 21 }] }, 'parts.0: v.parquet lies beyond'],
    ['a part of an unknown partition', { parts: [{ ...snapshot.parts[0], partition: 7 }] }, 'lies beyond the frontier'],
    ['overlapping parts', { parts: [snapshot.parts[0], { ...snapshot.parts[1], from: 9 }] }, 'overlaps'],
    ['parts out of order that overlap', { parts: [{ ...snapshot.parts[1], from: 9 }, snapshot.parts[0]] }, 'overlaps'],
    ['an asOf of its own', { asOf: 2000 }, 'asOf: does not follow'],
    ['label parts of no model', { parts: [{ ...snapshot.parts[2], model: null }] }, 'label parts name their model'],
    ['another format', { format: 2 }, 'format:'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('refuses %s', (_, change, message) => {
    const parse = () => parseSnapshotManifest('s.json', { ...snapshot, ...change });
    expect(parse).toThrow(message);
    expect(parse).toThrow('s.json');
  });
});

describe('parseModelManifest', () => {
  const model: ModelManifest = {
    format: 1,
    model: 'late',
    version: 1,
    view: snapshot.view,
    columns: snapshot.columns,
    codes: { origin: ['LGA', 'EWR'] },
    snapshot: sha,
    trainedUntil: 5,
    rows: { train: 10, gate: 2 },
    metrics: { rows: 2, auc: null, logLoss: 0.5, brier: 0.2 },
    trainerMetrics: {},
    onnx: sha,
    trainer: { kind: 'boostedTrees' },
    seed: 1,
    createdAt: 1,
  };
  it('takes what was written, and names what is wrong', () => {
    expect(parseModelManifest('m.json', JSON.parse(manifestBytes(model).toString()))).toEqual(model);
    expect(() => parseModelManifest('m.json', { ...model, version: 0, onnx: 'x' })).toThrow(/version: .*onnx: /);
    expect(() => parseModelManifest('m.json', null)).toThrow('no valid model manifest');
  });
});
