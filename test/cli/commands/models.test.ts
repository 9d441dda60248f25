/** What people do with models and snapshots, on a log in memory with what the stages would have written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { factReader, factWriter } from '../../../src/contract/facts.js';
import type { ModelFact, Position } from '../../../src/contract/models-log.js';
import { ownTopics, retrainTopic, snapshotsTopic } from '../../../src/contract/topics.js';
import { readToEnd } from '../../../src/log/log.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import { appendModelFacts } from '../../../src/runtime/models-follower.js';
import { viewHash } from '../../../src/topology/canonical.js';
import { memoryBrokers } from '../memory.js';

const folder = mkdtempSync(join(tmpdir(), 'headrace-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE = 'topology/flights.ts';
const flights = await loadTopology(FILE);
// Each of some fifty commands would compile the file anew.
const { connect, fresh, headrace } = memoryBrokers({ loadTopology: async () => flights });
const hash = viewHash(flights, flights.views[0]!);
const id = (digit: number) => String(digit).repeat(64);
const common = { model: 'late-arrival', who: 'train', by: 'automatic' as const, why: '' };
const registered = (version: number, more: { view?: string; request?: Position } = {}): ModelFact => ({
  kind: 'registered',
  at: 1000 * version,
  body: {
    ...common,
    version,
    view: { name: 'delays', version: 1, hash: more.view ?? hash },
    metrics: { auc: 0.7 + version / 100, logLoss: 0.45, brier: 0.15, rows: 900 },
    lineage: { snapshot: id(1), manifest: id(2), onnx: id(3), request: more.request ?? null },
  },
});
const promoted = (version: number, expects: number | null): ModelFact => ({
  kind: 'promoted',
  at: 1000 * version,
  body: { ...common, version, expects },
});
const rejected = (version: number): ModelFact => ({
  kind: 'rejected',
  at: 1000 * version,
  body: { ...common, version, reasons: ['auc 0.6 is below 0.7'], request: null },
});

const env = { HEADRACE_FOLDER: folder };
const run = (...args: string[]) => headrace(args, env);
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as never;
const append = async (...facts: ModelFact[]) => appendModelFacts('flights', facts, await connect());
const champion = async () =>
  ((await json('models', FILE)) as { models: { champion: number | null }[] }).models[0]!.champion;

beforeEach(async () => {
  fresh();
  const { log } = await connect();
  await log.createTopics(ownTopics(flights, { departures: 2, arrivals: 1, weather: 1 }));
});

test('no version yet', async () => {
  expect((await run('models', FILE)).stdout).toContain('late-arrival has no version yet: `headrace train');
  expect((await run('promote', FILE, '1')).stderr).toContain(
    'VERSION_UNKNOWN: model late-arrival has no version 1; it has none',
  );
  expect((await run('rollback', FILE)).stderr).toContain('NOTHING_TO_ROLL_BACK');
  expect((await run('models', FILE, '--model', 'x')).stderr).toContain(
    'MODEL_UNKNOWN: flights has no model x; it has late-arrival',
  );
  expect((await run('promote', FILE, 'one')).code).toBe(2);
});

test('versions with status and metrics; a topology without topics has none', async () => {
  await append(registered(1), promoted(1, null), registered(2), rejected(2));
  const { stdout } = await run('models', FILE);
  expect(stdout).toMatch(/late-arrival +1 +champion +0\.7100 +0\.4500 +0\.1500 +900/);
  expect(stdout).toMatch(/late-arrival +2 +rejected .* auc 0\.6 is below 0\.7/);
  fresh();
  expect((await run('models', FILE)).stdout).toContain('no version yet');
});

test('promote: a person decides, also against the gates, and is told so', async () => {
  await append(registered(1), promoted(1, null), registered(2), rejected(2));
  const { code, stdout } = await run('promote', FILE, '2', '--why', 'better on holidays');
  expect(code).toBe(0);
  expect(stdout).toContain('Version 2 of late-arrival serves from here on, in place of version 1.');
  expect(stdout).toContain('The gates had refused it: auc 0.6 is below 0.7.');
  expect(await champion()).toBe(2);
  expect(await json('promote', FILE, '2')).toMatchObject({ version: 2, changed: false });
  expect((await run('promote', FILE, '9')).stderr).toContain('has no version 9; it has 1, 2');
});

test('who decides: --by, else HEADRACE_ACTOR, else the system’s user', async () => {
  await append(registered(1), promoted(1, null), registered(2), promoted(2, 1));
  const who = async () => {
    const { models } = (await json('models', FILE)) as { models: { heldByPerson: { who: string } | null }[] };
    return models[0]!.heldByPerson?.who;
  };
  await run('rollback', FILE, '--by', 'Ada Lovelace');
  expect(await who()).toBe('Ada Lovelace');
  await headrace(['rollback', FILE, '--to', '2'], { ...env, HEADRACE_ACTOR: 'nightly job' });
  expect(await who()).toBe('nightly job');
  await run('rollback', FILE, '--to', '1');
  expect(await who()).toBe(userInfo().username);
  expect((await run('promote', FILE, '2', '--by', ' ')).code).toBe(2);
});

test('rollback goes back, holds automatic promotion, and a promotion lets it go', async () => {
  await append(registered(1), promoted(1, null), registered(2), promoted(2, 1));
  expect((await run('rollback', FILE, '--why', 'odd scores')).stdout).toContain(
    'Version 1 of late-arrival serves from here on, in place of version 2. Versions that pass the gates are held back',
  );
  expect((await run('models', FILE)).stdout).toMatch(/late-arrival: .* rolled back at .* \(odd scores\)/);
  await append(registered(3), promoted(3, 1));
  expect(await champion()).toBe(1);
  expect((await run('rollback', FILE, '--to', '3')).stderr).toContain('version 3 of late-arrival never served');
  expect(await json('rollback', FILE, '--to', '1')).toMatchObject({ changed: false });
  expect((await run('promote', FILE, '1')).stdout).toContain('is promoted by itself again');
  await append(registered(4), promoted(4, 1));
  expect(await champion()).toBe(4);
  expect(await json('rollback', FILE, '--to', '2')).toMatchObject({ version: 2, before: 4, changed: true });
});

test('a version of another view is refused: it could not serve', async () => {
  await append(registered(1, { view: 'otherhash' }));
  const { code, stderr } = await run('promote', FILE, '1');
  expect(code).toBe(1);
  expect(stderr).toContain('VIEW_DIFFERS: version 1 of late-arrival reads view delays version 1 (otherhash)');
});

test('a decision that comes first wins, and the one that lost is told', async () => {
  await append(registered(1), promoted(1, null), registered(2), registered(3));
  const { log, codec } = await connect();
  const { promote } = await import('../../../src/cli/models/change.js');
  // Between what is read and what is written, another promotes version 3.
  let raced = false;
  const racing = new Proxy(log, {
    get(target, name, receiver) {
      if (name !== 'producer' || raced) return Reflect.get(target, name, receiver) as unknown;
      raced = true;
      return async () => {
        await append(promoted(3, 1));
        return target.producer();
      };
    },
  });
  const lost = promote({ log: racing, codec }, 2, { definition: flights, model: flights.models[0]!, why: undefined });
  await expect(lost).rejects.toMatchObject({ code: 'CHANGE_LOST', details: { version: 2, champion: 3 } });
  expect(await champion()).toBe(3);
});

test('train sends a request; with --wait it tells what came of it', async () => {
  const topic = retrainTopic('flights', 'late-arrival');
  expect((await run('train', FILE)).stdout).toContain(`Asked: ${topic} offset 0.`);
  const { log, codec } = await connect();
  const values: unknown[] = [];
  for await (const { value } of readToEnd(log, { topic, partition: 0 }))
    values.push(await factReader(codec).decode(value!));
  expect(values).toMatchObject([{ kind: 'retrain', body: { model: 'late-arrival' } }]);

  const waiting = run('train', FILE, '--wait', '--timeout', '20');
  await new Promise((done) => setTimeout(done, 300));
  const request = { topic, partition: 0, offset: 1 };
  await append(registered(1, { request }), promoted(1, null));
  const { code, stdout } = await waiting;
  expect(stdout).toContain('Version 1 of late-arrival was promoted (auc 0.7100, log loss 0.4500).');
  expect(code).toBe(0);
});

test('train --wait: a rejection is code 1 with its reasons; no answer is an error in time', async () => {
  const topic = retrainTopic('flights', 'late-arrival');
  const reasons = ['too few rows'];
  const failed: ModelFact = {
    kind: 'rejected',
    at: 1,
    body: { ...common, version: null, reasons, request: { topic, partition: 0, offset: 0 } },
  };
  await append(failed);
  const { code, stdout } = await run('train', FILE, '--wait', '--timeout', '20');
  expect(stdout).toContain('Training of late-arrival failed: too few rows.');
  expect(code).toBe(1);
  const late = await run('train', FILE, '--wait', '--timeout', '0.2');
  expect(late.stderr).toContain('TRAINING_NOT_ANSWERED');
  fresh();
  expect((await run('train', FILE)).stderr).toContain('start the topology with `headrace run` first');
});

test('snapshots', async () => {
  expect((await run('snapshots', FILE)).stdout).toContain('No snapshots yet');
  const { log, codec } = await connect();
  const topic = snapshotsTopic('flights');
  const writer = await factWriter(codec, topic);
  const view = { name: 'delays', version: 1, hash };
  const at = { topic: 'r', partition: 0, offset: 5 };
  const pointer = {
    manifest: id(7),
    view,
    rows: 81_000,
    asOf: Date.UTC(2013, 2, 30),
    request: { model: 'late-arrival', at },
    resume: {},
  };
  const producer = await log.producer();
  await producer.send([{ topic, partition: 0, value: writer.encode('snapshot', Date.UTC(2020, 0, 1), pointer) }]);
  const { stdout } = await run('snapshots', FILE);
  expect(stdout).toMatch(
    /777777777777 +delays\.v1 +81,000 +2013-03-30 00:00:00Z +2020-01-01 00:00:00Z +late-arrival, message 5/,
  );
  expect(await json('snapshots', FILE)).toMatchObject({ snapshots: [{ manifest: id(7), rows: 81_000 }] });
});
