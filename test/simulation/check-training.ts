/**
 * What training left: every retrain message is answered once; a version is what the snapshot that was cut for its message makes of
 * itself, and its gates have decided.
 */
import { type ModelManifest, parseSnapshotManifest } from '../../src/contract/manifest.js';
import type { ModelFact, Registered } from '../../src/contract/models-log.js';
import type { Outcome } from './outcome.js';
import { nameOfFile, trainedOf } from './stand-ins.js';
import type { World } from './world.js';

type Note = (problem: string) => void;

/** @param whole whether the run came to its end */
export async function checkTraining(world: World, outcome: Outcome, whole: boolean, note: Note): Promise<void> {
  const { models, requests } = outcome;
  const versions = models.flatMap(({ kind, body }) => (kind === 'registered' ? [body.version] : []));
  if (new Set(versions).size < versions.length) note(`a version is registered twice: ${versions.join()}`);
  for (const request of requests) {
    const answers = models.filter((fact) => requestOf(fact) === request);
    if (answers.length > 1) note(`retrain message ${request} is answered ${answers.length} times`);
    if (answers.length === 0 && whole) note(`retrain message ${request} is not answered`);
  }
  for (const [i, { kind, body }] of models.entries()) {
    if (kind !== 'registered' || body.who !== 'train') continue;
    const passes = await checkVersion(world, outcome, body, note);
    const next = models[i + 1];
    const decided = next?.body.version === body.version ? next.kind : null;
    if (decided !== (passes ? 'promoted' : 'rejected'))
      note(`version ${body.version} ${passes ? 'passes' : 'does not pass'} its gates, and is ${decided}`);
  }
}

const requestOf = (fact: ModelFact): number | null => {
  if (fact.kind === 'registered') return fact.body.lineage.request?.offset ?? null;
  return fact.kind === 'rejected' && fact.body.version === null ? (fact.body.request?.offset ?? null) : null;
};

/** @returns whether the snapshot's model passes its gates */
async function checkVersion({ artifacts }: World, outcome: Outcome, body: Registered, note: Note): Promise<boolean> {
  const { version, lineage } = body;
  const { manifest: manifestId, snapshot: id, request } = lineage;
  const own = outcome.snapshots.some(
    (pointer) => pointer.manifest === id && pointer.request?.at.offset === request?.offset,
  );
  if (!own) note(`version ${version} is not of the snapshot that was cut for its retrain message`);
  const manifest = JSON.parse(artifacts.get(manifestId).toString()) as ModelManifest;
  const snapshot = parseSnapshotManifest(id, JSON.parse(artifacts.get(id).toString()));
  const trained = await trainedOf(snapshot, (part) => artifacts.get(part));
  if (manifest.snapshot !== id) note(`version ${version} names another snapshot in its manifest`);
  if (nameOfFile(artifacts.get(manifest.onnx)) !== trained.name)
    note(`version ${version} is not what its snapshot gives`);
  if (JSON.stringify(manifest.codes) !== JSON.stringify(trained.codes)) note(`version ${version} has other codes`);
  return trained.passes;
}
