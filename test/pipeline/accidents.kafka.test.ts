/**
 * What operators do to topics and registries, on the real Kafka: each accident is named with what to do, nothing is lost without a word,
 * and what the message says to do works. A Kafka and registry of its own, since the registry loses its schemas here.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipUnreadable } from '../../src/cli/skip.js';
import type { RunningWorker } from '../../src/cli/start-worker.js';
import { PIPELINES, type Pipeline } from '../../src/contract/topics.js';
import { stopProcess } from '../../src/dev/processes.js';
import { livingProcesses, markOf, serviceFolder } from '../../src/dev/record.js';
import type { Log } from '../../src/log/log.js';
import { verify } from '../../src/replay/verify.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { readSettings } from '../../src/runtime/settings.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { eventually } from '../support/memory-world.js';
import { vectorsOf } from '../support/outputs.js';
import { OwnKafka } from '../support/own-kafka.js';

const T0 = Date.UTC(2024, 0, 1);
let own: OwnKafka;
let log: Log;
let admin: kafkajs.Admin;

beforeAll(async () => {
  own = await OwnKafka.open('accidents');
  log = own.log;
  admin = new kafkajs.Kafka({ brokers: [...own.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await own?.stopAll();
  await admin?.disconnect();
  await own?.close();
});

/** @param version of group and view */
const topologyText = (name: string, version: number) => `
import { count, event, group, schema, topology, view } from 'headrace';
const time = { type: 'long', logicalType: 'timestamp-millis' };
const Call = schema({ type: 'record', name: 'Call', fields: [
  { name: 'call_id', type: 'string' }, { name: 'time', type: time }, { name: 'line', type: 'string' } ] });
const call = event(Call, { topic: '${name}-calls', id: 'call_id', time: 'time', knownAt: 'time' });
const line = group('line', { version: ${version}, key: [call.line], features: { calls_1h: count(call, '1h') } });
export default topology('${name}', { views: [view('calls', { version: ${version}, score: call, groups: [line] })] });
`;

/** One topology on a raw topic of its own, with one partition. */
async function world(name: string) {
  const raw = `${name}-calls`;
  const load = async (version = 1) => {
    const path = join(own.folder, `${name}-${version}.ts`);
    writeFileSync(path, topologyText(name, version));
    return loadTopology(path);
  };
  const definition = await load();
  const create = () => log.createTopics([{ topic: raw, partitions: 1, config: { 'retention.ms': '-1' } }]);
  await create();
  const codec = own.codec();
  const settings = readSettings({ HEADRACE_FOLDER: join(own.folder, name), HEADRACE_CHECKPOINT_MS: '200' });
  let sent = 0;
  return {
    raw,
    definition,
    codec,
    load,
    create,
    async send(count: number, partition = 0) {
      const writer = await codec.writer(raw, definition.events[0]!.schema, { wide: true });
      const producer = await log.producer();
      const from = sent;
      sent += count;
      await producer.send(
        Array.from({ length: count }, (_, i) => {
          const value = writer.encode({ call_id: `c${from + i}`, time: T0 + (from + i) * 1000, line: `l${i % 3}` });
          return { topic: raw, partition, value };
        }),
      );
      await producer.close();
    },
    start: (of: TopologyDefinition = definition, pipelines: readonly Pipeline[] = PIPELINES) =>
      own.start(of, pipelines, settings),
    stop: (worker: RunningWorker) => own.stop(worker),
    vectors: async (of: TopologyDefinition = definition) =>
      (await vectorsOf(of, log, codec)).map(({ partition, row }) => `${partition}/${row.offset}`),
  };
}
type World = Awaited<ReturnType<typeof world>>;

const offsets = (count: number, partition = 0, from = 0) =>
  Array.from({ length: count }, (_, i) => `${partition}/${from + i}`);
const there = (world: World, count: number, of?: TopologyDefinition) =>
  eventually(`${count} vectors are there`, async () => (await world.vectors(of)).length >= count);
const stuck = async (worker: RunningWorker, task: string, code: string) => {
  const found = () => worker.status().find((one) => one.task === task && one.because?.code === code);
  await eventually(`${task} says ${code}`, () => found() !== undefined);
  return found()!;
};
const stopRegistry = () =>
  stopProcess(livingProcesses(own.kafkaFolder).registry!.pid, markOf(own.kafkaFolder, 'registry'));
/** As retention does. @param before null: all */
const deleteRecords = async (topic: string, before: number | null) => {
  const ends = await admin.fetchTopicOffsets(topic); // also makes the client look for its leaders
  const partitions = ends.map(({ partition, high }) => ({
    partition,
    offset: before === null ? high : String(before),
  }));
  await admin.deleteTopicRecords({ topic, partitions });
};
const ends = async (topic: string) =>
  (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);

test('more partitions on a raw topic: named while workers run, read after a restart, nothing moved', async () => {
  const here = await world('grown');
  await here.send(30);
  const before = await here.start();
  await there(here, 30);
  await admin.createPartitions({ topicPartitions: [{ topic: here.raw, count: 3 }] });
  await eventually('the new partition takes records', () =>
    here.send(20, 2).then(
      () => true,
      () => false,
    ),
  );
  const { because, state } = await stuck(before, `topics/${here.raw}`, 'PARTITIONS_GREW');
  expect(state).toBe('waiting');
  expect(because!.message).toMatch(
    /has 3 partitions, and had 1 .* nobody reads the new ones yet\. Start the workers again/,
  );
  await here.send(5);
  await there(here, 35);
  await here.stop(before);

  const after = await here.start();
  await there(here, 55);
  await here.stop(after);
  const [first] = (await here.vectors()).filter((at) => at.startsWith('2/'));
  const found = (await here.vectors()).sort();
  const base = Number(first!.split('/')[1]);
  expect(found).toEqual([...offsets(35), ...offsets(found.length - 35, 2, base)].sort());
  expect(found.length).toBeGreaterThanOrEqual(55);
  const verified = await verify({
    definition: here.definition,
    view: here.definition.views[0]!,
    log,
    codec: here.codec,
  });
  expect(verified).toMatchObject({ differing: 0 });
});

test('a deleted inbox: named while workers run and at a start, never made anew empty; a new version computes all again', async () => {
  const here = await world('emptied');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  const inbox = 'emptied.inbox.line.v1';
  await admin.deleteTopics({ topics: [inbox] });
  await here.send(10);
  await stuck(worker, `topics/${inbox}`, 'TOPIC_DELETED');
  await stuck(worker, 'route/line.v1', 'TOPIC_UNKNOWN');
  await here.stop(worker);
  await expect(here.start()).rejects.toMatchObject({
    code: 'TOPIC_DELETED',
    message: expect.stringMatching(
      /emptied\.inbox\.line\.v1 .* Give the group, and the views that read it, a new version/,
    ),
  });
  expect(await here.vectors()).toEqual(offsets(30));
  const second = await here.load(2);
  const again = await here.start(second);
  await there(here, 10, second);
  await here.stop(again);
  // The new group has computed everything again; serving goes on where the old version stopped.
  expect(await here.vectors(second)).toEqual(offsets(10, 0, 30));
  const counts = (await vectorsOf(second, log, here.codec)).map(({ row }) => row.features.calls_1h);
  expect(counts).toEqual(Array.from({ length: 10 }, (_, i) => Math.floor((30 + i) / 3) + 1));
});

test('retention took raw records before they were read: named, with how many; skip gives them up, and no others', async () => {
  const here = await world('short');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  await here.stop(worker);
  await here.send(20);
  await deleteRecords(here.raw, 45);
  const late = await here.start();
  const { because, state } = await stuck(late, 'admit/short-calls/0', 'OFFSET_OUT_OF_RANGE');
  expect(state).toBe('stuck');
  expect(because!.message).toContain('offset 30 of short-calls[0] is out of range: it holds 45 to');
  expect(because!.message).toContain('retention has taken it');
  await here.stop(late);
  const event = here.definition.events[0]!;
  const skipped = await skipUnreadable({
    topology: 'short',
    event,
    partition: 0,
    dryRun: false,
    max: 1,
    log,
    codec: here.codec,
  });
  expect(skipped).toMatchObject({ from: 30, to: 45 });
  const after = await here.start();
  await there(here, 35);
  await here.stop(after);
  expect(await here.vectors()).toEqual([...offsets(30), ...offsets(5, 0, 45)]);
  expect(
    await verify({ definition: here.definition, view: here.definition.views[0]!, log, codec: here.codec }),
  ).toMatchObject({ differing: 0 });
});

test('a raw topic made anew, with more records than before: named while workers run, and refused at a start', async () => {
  const here = await world('anew');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  await log.deleteTopics([here.raw]);
  await here.create();
  await here.send(50);
  await stuck(worker, `topics/${here.raw}`, 'TOPIC_RECREATED');
  const admit = await stuck(worker, `admit/${here.raw}/0`, 'TOPIC_RECREATED');
  expect(admit.state).toBe('stuck');
  await here.stop(worker);
  await expect(here.start()).rejects.toMatchObject({
    code: 'TOPIC_RECREATED',
    message: expect.stringMatching(
      /topic anew-calls was deleted and made anew .* a topic of another name, or `headrace reset`/,
    ),
  });
});

test('a raw topic made anew while no worker runs is refused as well, though its offsets fit', async () => {
  const here = await world('swapped');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  await here.stop(worker);
  await log.deleteTopics([here.raw]);
  await here.create();
  await here.send(60);
  await expect(here.start()).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
  expect(await here.vectors()).toEqual(offsets(30));
});

test('what was admitted is gone before it was served: the task is stuck there and says so; a view of another name goes on', async () => {
  const here = await world('cut');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  await here.stop(worker);
  const admitted = 'cut.admitted.cut-calls.v1';
  const before = await ends(admitted);
  const feature = await here.start(here.definition, ['feature']);
  await here.send(20);
  await eventually('they are admitted', async () => (await ends(admitted)) > before);
  await here.stop(feature);
  await deleteRecords(admitted, null);
  const late = await here.start();
  const { because, state } = await stuck(late, 'serve/calls.v1/0', 'OFFSET_OUT_OF_RANGE');
  expect(state).toBe('stuck');
  expect(because!.message).toContain(`of ${admitted}[0] is out of range`);
  expect(await here.vectors()).toEqual(offsets(30));
  await here.stop(late);
  const [view] = here.definition.views;
  const renamed = { ...here.definition, views: [{ ...view!, name: 'later' }] };
  // Its features are answered by the group version that answers this event already.
  const again = await here.start(renamed);
  await here.send(5);
  // What was admitted only after the records were deleted may come before them.
  await eventually('the last is there', async () => (await here.vectors(renamed)).at(-1) === '0/54');
  await here.stop(again);
  expect((await here.vectors(renamed)).slice(-5)).toEqual(offsets(5, 0, 50));
});

test('a registry that lost its schemas: a start names it and writes nothing; with the schemas back all goes on', async () => {
  const here = await world('forgotten');
  await here.send(30);
  const worker = await here.start();
  await there(here, 30);
  await here.stop(worker);
  await here.send(10);
  await stopRegistry();
  const data = serviceFolder(own.kafkaFolder, 'registry');
  expect(existsSync(join(data, 'data'))).toBe(true);
  renameSync(join(data, 'data'), join(data, 'lost'));
  await own.up();
  await expect(here.start()).rejects.toMatchObject({
    code: expect.stringMatching(/^SCHEMA_(UNKNOWN|INCOMPATIBLE)$/),
    message: expect.stringContaining('registry'),
  });
  await stopRegistry();
  rmSync(join(data, 'data'), { recursive: true, force: true });
  renameSync(join(data, 'lost'), join(data, 'data'));
  await own.up();
  const again = await here.start();
  await there(here, 40);
  await here.stop(again);
  expect(await here.vectors()).toEqual(offsets(40));
});
