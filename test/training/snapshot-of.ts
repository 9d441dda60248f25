/** A snapshot of given vectors and label events, in an artifact store. */
import type { ArtifactStore } from '../../src/contract/artifacts.js';
import type { AdmittedRow, VectorsRow } from '../../src/contract/frames.js';
import { asOfKnown, type Part, type SnapshotManifest } from '../../src/contract/manifest.js';
import type { ModelDefinition } from '../../src/topology/definition.js';
import { writeLabelsPart, writeVectorsPart } from '../../src/training/parts.js';

export const columns = [
  { name: 'x', type: 'number' },
  { name: 'offset', type: 'number' }, // a user's name that is Headrace's too
  { name: 'carrier', type: 'category' },
] as const;
export const keys = ['flight', 'origin'];

export const model: ModelDefinition = {
  name: 'late',
  view: 'delays',
  label: {
    event: 'arrivals',
    is: {
      kind: 'compare',
      value: { kind: 'field', field: 'delay' },
      is: 'gte',
      to: { kind: 'constant', value: 15 },
    },
    join: { scored: 'flight', label: 'flight' },
    withinMs: 100,
    ifNone: 'exclude',
  },
  trainer: { kind: 'boostedTrees', trees: 10, leaves: 7, learningRate: 0.2, minRowsInLeaf: 5, bins: 255, seed: 1 },
  gates: { bounds: { auc: { atLeast: 0.6 } }, beats: 'champion', onMs: 300, embargoMs: 100, minRows: 20 },
  retrain: { onMessage: true },
};

export const vectorOf = (offset: number, time: number, row: Partial<VectorsRow> = {}): VectorsRow => ({
  offset,
  known: time,
  time,
  id: `f${offset}`,
  keys: { flight: `f${offset}`, origin: 'EWR' },
  features: { x: offset, offset: null, carrier: 'UA' },
  missing: [],
  ...row,
});
export const labelOf = (offset: number, known: number, flight: string | null, delay: number | null): AdmittedRow => ({
  offset,
  known,
  time: known,
  id: `${flight}`,
  event: { flight, delay },
});

/** @param vectors,labels by partition */
export async function snapshotOf(
  artifacts: ArtifactStore,
  vectors: readonly (readonly VectorsRow[])[],
  labels: readonly (readonly AdmittedRow[])[],
  asOf: number,
): Promise<SnapshotManifest> {
  const parts: (Part | null)[] = [];
  const end = (rows: readonly { offset: number }[]) => (rows.at(-1)?.offset ?? -1) + 1;
  for (const [partition, rows] of vectors.entries()) {
    // in two parts, as a growing snapshot has
    const middle = Math.floor(end(rows) / 2);
    for (const [from, to] of [
      [0, middle],
      [middle, end(rows)],
    ] as const) {
      const some = rows.filter(({ offset }) => offset >= from && offset < to);
      parts.push(
        await writeVectorsPart(artifacts, { topic: 'departures', partition, from, to }, { columns, keys }, some),
      );
    }
  }
  for (const [partition, rows] of labels.entries())
    parts.push(await writeLabelsPart(artifacts, { topic: 'arrivals', partition, from: 0, to: end(rows) }, model, rows));
  const at = { toEnd: false, known: asOf };
  const frontier = [
    ...vectors.map((rows, partition) => ({ topic: 'departures', partition, next: end(rows), ...at })),
    ...labels.map((rows, partition) => ({ topic: 'arrivals', partition, next: end(rows), ...at })),
  ];
  return {
    format: 1,
    topology: 'flights',
    view: { name: 'delays', version: 1, hash: 'h1' },
    columns: [...columns],
    keys: [...keys],
    parts: parts.filter((part) => part !== null),
    frontier,
    asOf: asOfKnown(frontier),
    createdAt: 0,
  };
}
