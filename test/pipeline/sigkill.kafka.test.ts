import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { confluentRegistry } from '../../src/codec/registry.js';
import { folderArtifacts } from '../../src/contract/artifacts.js';
import { Loader } from '../../src/dev/load.js';
import { kafkaLog } from '../../src/log/kafka-log.js';
import type { Log } from '../../src/log/log.js';
import { backfill } from '../../src/replay/backfill.js';
import { verify } from '../../src/replay/verify.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { localKafka, type TestKafka } from '../support/kafka.js';
import { eventually, projectFile } from '../support/memory-world.js';
import { exact, type PlacedRow, predictionsOf, vectorsOf } from '../support/outputs.js';

/** Midnight in New York, 26 January: more than 20,000 departures. */
const UNTIL = Date.UTC(2013, 0, 26, 5);
const RAW = ['departures', 'arrivals', 'weather'];
const MAIN = projectFile('dist/cli/main.js');

let kafka: TestKafka;
let log: Log;
let codec: Codec;
let folder: string;
let departures = 0;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  kafka = await localKafka();
  log = await kafkaLog({ brokers: [...kafka.brokers], clientId: 'sigkill-test', logger: silentLogger });
  codec = new Codec(confluentRegistry(kafka.registryUrl));
  folder = await mkdtemp(join(tmpdir(), 'headrace-sigkill-'));
  const { events } = await loadTopology(projectFile('topology/flights.ts'));
  const config = { 'retention.ms': '-1' };
  await log.createTopics(RAW.map((topic) => ({ topic, partitions: topic === 'weather' ? 1 : 2, config })));
  const loader = new Loader({ events, from: projectFile('data/flights'), log, codec, clock: systemClock, rate: null });
  await loader.open();
  departures = (await loader.run(UNTIL, () => {})).byTopic.get('departures')!;
  await loader.end();
  await loader.close();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await log?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The flights under another name: topics and state of their own, the same raw topics. */
async function topologyNamed(name: string): Promise<{ path: string; definition: TopologyDefinition }> {
  const path = join(folder, `${name}.ts`);
  const flights = JSON.stringify(projectFile('topology/flights.ts'));
  await writeFile(
    path,
    `import flights from ${flights};\nexport default { definition: { ...flights.definition, name: '${name}' } };\n`,
  );
  return { path, definition: await loadTopology(path) };
}

function startWorker(path: string): ChildProcess {
  const child = spawn(process.execPath, [MAIN, 'run', path], {
    env: {
      ...process.env,
      KAFKA_BROKERS: kafka.brokers.join(','),
      SCHEMA_REGISTRY_URL: kafka.registryUrl,
      HEADRACE_FOLDER: folder,
      HEADRACE_HOLD_MS: 'unlimited',
      HEADRACE_CHECKPOINT_MS: '500',
      HEADRACE_LOG_FILE: join(folder, 'worker.log'),
    },
    stdio: 'ignore',
  });
  children.add(child);
  return child;
}

async function served(definition: TopologyDefinition): Promise<number> {
  return (await vectorsOf(definition, log, codec)).length;
}

/** With the fixture promoted before the worker starts, every departure must be predicted. */
async function prepare(name: string) {
  const { path, definition } = await topologyNamed(name);
  await ensureTopics(log, definition);
  await promoteFixtureModel(definition, 1, { log, codec, artifacts: folderArtifacts(join(folder, 'artifacts')) });
  return { path, definition };
}

const rowsInOrder = (rows: readonly PlacedRow[]) =>
  rows.map(({ partition, row }) => `${partition}/${row.offset} ${exact(withoutOffset(row))}`);

const withoutOffset = ({ offset: _, ...row }: PlacedRow['row']) => row;

test('killed in the middle, started again: every departure predicted once, and the bits of an undisturbed run and of backfill', async () => {
  expect(departures).toBeGreaterThanOrEqual(20_000);
  const killed = await prepare('flights-killed');
  let worker = startWorker(killed.path);
  await eventually('a third is served', async () => (await served(killed.definition)) >= departures / 3, 120_000);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  const before = await served(killed.definition);
  expect(before, 'killed in the middle').toBeLessThan(departures);
  worker = startWorker(killed.path);
  await eventually('all is served', async () => (await served(killed.definition)) >= departures, 120_000);
  const stopping = Date.now();
  worker.kill('SIGTERM');
  const [code] = (await once(worker, 'exit')) as [number];
  expect(code).toBe(0);
  expect(Date.now() - stopping).toBeLessThan(5_000);

  const undisturbed = await prepare('flights-undisturbed');
  worker = startWorker(undisturbed.path);
  await eventually('all is served', async () => (await served(undisturbed.definition)) >= departures, 120_000);
  worker.kill('SIGTERM');
  await once(worker, 'exit');

  const vectors = await vectorsOf(killed.definition, log, codec);
  expect(vectors.length).toBe(departures);
  expect(rowsInOrder(vectors)).toEqual(rowsInOrder(await vectorsOf(undisturbed.definition, log, codec)));

  const byId = new Map(vectors.map(({ row }) => [row.id, exact(withoutOffset(row))]));
  let compared = 0;
  const view = killed.definition.views[0]!;
  for await (const rows of backfill({ definition: killed.definition, view, from: projectFile('data/flights') })) {
    for (const row of rows.filter(({ time }) => time < UNTIL)) {
      expect(byId.get(row.id), row.id).toBe(exact(withoutOffset(row)));
      compared++;
    }
    if (rows.at(-1)!.time >= UNTIL) break;
  }
  expect(compared).toBe(departures);

  const predictions = await predictionsOf(killed.definition, log, codec);
  expect(predictions.length).toBe(departures);
  expect(new Set(predictions.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(departures);
  const twins = await predictionsOf(undisturbed.definition, log, codec);
  const scores = (list: typeof predictions) =>
    list.map(({ partition, offset, score }) => `${partition}/${offset} ${score}`);
  expect(scores(predictions)).toEqual(scores(twins));

  const report = await verify({ definition: killed.definition, view, log, codec });
  expect(report).toMatchObject({ compared: departures, differing: 0 });
}, 600_000);
