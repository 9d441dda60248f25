/** Model versions of the simulation: made and promoted in a moment, one of them with a truncated file if that is wanted. */
import { Codec } from '../../src/codec/avro.js';
import { factWriter } from '../../src/contract/facts.js';
import { type ModelManifest, manifestBytes } from '../../src/contract/manifest.js';
import type { ModelFact } from '../../src/contract/models-log.js';
import { modelsTopic } from '../../src/contract/topics.js';
import { viewHash } from '../../src/topology/canonical.js';
import { viewColumns } from '../../src/topology/fields.js';
import { modelFile } from './stand-ins.js';
import { definition, SHOPS } from './topology.js';
import type { World } from './world.js';

const model = definition.models[0]!;
/** Category codes of both versions. */
export const CODES = { shop: SHOPS, last_method: ['card', 'cash'] };
const NO_ID = '0'.repeat(64);

export async function promote(world: World, version: number, truncated: boolean): Promise<void> {
  const file = modelFile(`${version}`);
  const onnx = world.artifacts.put(truncated ? file.subarray(0, file.length - 3) : file);
  const view = world.definition.views[0]!;
  const reference = { name: view.name, version: view.version, hash: viewHash(world.definition, view) };
  const manifest: ModelManifest = {
    format: 1,
    model: model.name,
    version,
    view: reference,
    columns: viewColumns(definition, view).map(({ name, type }) => ({ name, type })),
    codes: CODES,
    snapshot: NO_ID,
    trainedUntil: 0,
    rows: { train: 1, gate: 0 },
    metrics: null,
    trainerMetrics: {},
    onnx,
    trainer: { kind: 'command' },
    seed: null,
    createdAt: 0,
  };
  const common = { model: model.name, who: 'simulation', by: 'person' as const, why: '', version };
  const lineage = { snapshot: NO_ID, manifest: world.artifacts.put(manifestBytes(manifest)), onnx, request: null };
  const facts: ModelFact[] = [
    { kind: 'registered', at: 0, body: { ...common, view: reference, metrics: {}, lineage } },
    { kind: 'promoted', at: 0, body: { ...common, expects: version === 1 ? null : version - 1 } },
  ];
  const topic = modelsTopic(definition.name);
  const writer = await factWriter(new Codec(world.registry), topic);
  const records = facts.map(({ kind, at, body }) => ({ topic, partition: 0, value: writer.encode(kind, at, body) }));
  world.broker.append(records, null);
}
