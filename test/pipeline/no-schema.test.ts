/** Records that no schema explains, in raw topics and in Headrace's own: named, with a way past them, and nothing lost without a word. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redrive } from '../../src/cli/dead-letters-redrive.js';
import { skipUnreadable } from '../../src/cli/skip.js';
import { admittedTopic, featuresTopic, inboxTopic, servedTopic, vectorsTopic } from '../../src/contract/topics.js';
import { KNOWN_UNTIL } from '../../src/feature/check-event.js';
import { withoutRecords } from '../../src/log/without-records.js';
import type { Worker } from '../../src/runtime/worker.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { eventually, flights, MemoryWorld } from '../support/memory-world.js';
import { lettersOf, vectorsOf } from '../support/outputs.js';

const NOON = Date.UTC(2013, 5, 1, 16);
let world: MemoryWorld;
let definition: TopologyDefinition;
let worker: Worker | null = null;

beforeEach(async () => {
  world = await MemoryWorld.open();
  definition = await flights();
  await world.createRaw(definition, {});
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
  await world.close();
});

async function departures(...ids: readonly string[]): Promise<Buffer[]> {
  const { schema } = definition.events.find(({ topic }) => topic === 'departures')!;
  const { encode } = await world.codec.writer<Record<string, unknown>>('departures', schema, { wide: true });
  const route = { tailnum: 'N1', carrier: 'UA', flight: 1, origin: 'EWR', dest: 'BOS', distance: 200 };
  return ids.map((id, i) => encode({ flight_id: id, time: NOON + i, scheduled_arrival: NOON + 3_600_000, ...route }));
}

/** The same bytes under another schema id. */
function withId(value: Buffer, id: number): Buffer {
  const other = Buffer.from(value);
  other.writeInt32BE(id, 1);
  return other;
}

async function send(topic: string, values: readonly (Buffer | null)[], headers = {}, partition = 0): Promise<void> {
  const producer = await world.log.producer();
  await producer.send(values.map((value) => ({ topic, partition, value, headers })));
}

async function end(): Promise<void> {
  for (const { topic } of definition.events) await send(topic, [null], { [KNOWN_UNTIL]: '9223372036854775807' });
}

const served = async () => (await vectorsOf(definition, world.log, world.codec)).map(({ row }) => row.id);
const letters = async () =>
  (await lettersOf(definition, world.log, 'departures')).map(({ offset, code, stage }) => [offset, code, stage]);
const task = (name: string) => worker!.status().find((status) => status.task === name)!;
const skip = (more: { dryRun?: boolean; max?: number } = {}) =>
  skipUnreadable({
    topology: definition.name,
    event: definition.events.find(({ topic }) => topic === 'departures')!,
    partition: 0,
    dryRun: false,
    max: 1_000,
    log: world.log,
    codec: world.codec,
    ...more,
  });

test('a raw record under a schema of another kind than Avro is a dead letter, and what follows is served', async () => {
  const [a, b, c] = await departures('a', 'b', 'c');
  const { HeadraceError } = await import('../../src/error.js');
  const ask = world.registry.schema;
  world.registry.schema = (id) =>
    id === 77
      ? Promise.reject(new HeadraceError('SCHEMA_NOT_AVRO', 'schema 77 is not Avro', { remedy: 'fix-input' }))
      : ask(id);
  await send('departures', [a!, withId(b!, 77), c!]);
  await end();
  worker = await world.worker(definition);
  await eventually('two vectors', async () => (await served()).length === 2);
  expect(await letters()).toEqual([[1, 'RECORD_UNREADABLE', 'admit']]);
});

test('raw records of a schema that is nowhere to be had: skipped by a person, admit goes on by itself, and redriven they are served', async () => {
  const [a, b, c, d] = await departures('a', 'b', 'c', 'd');
  await send('departures', [a!, withId(b!, 9999), withId(c!, 9999), d!]);
  await end();
  worker = await world.worker(definition);
  await eventually('admit waits', () => task('admit/departures/0').state === 'waiting');
  expect(task('admit/departures/0').because!.message).toMatch(/departures\/0 offset 1: schema 9999 .*headrace skip/);

  // What comes after them must not be given up with them, and a dry run writes nothing.
  const dry = await skip({ dryRun: true });
  expect(dry).toMatchObject({ from: 1, to: 3, code: 'SCHEMA_UNKNOWN', letters: 2, written: false });
  expect(await letters()).toEqual([]);
  expect(await skip({ max: 1 })).toMatchObject({ from: 1, to: 2, letters: 1, written: true });
  expect(await skip()).toMatchObject({ from: 2, to: 3, letters: 1 });
  await eventually('two vectors', async () => (await served()).length === 2);
  expect(await served()).toEqual(['a', 'd']);
  expect(await letters()).toEqual([
    [1, 'SCHEMA_UNKNOWN', 'skip'],
    [2, 'SCHEMA_UNKNOWN', 'skip'],
  ]);
  await expect(skip()).rejects.toMatchObject({ code: 'NOTHING_LOST' });

  // The schema is found after all.
  const ask = world.registry.schema;
  const known = a!.readInt32BE(1);
  world.registry.schema = (id) => ask(id === 9999 ? known : id);
  const again = { dryRun: false, max: 10, attemptsMax: 3, again: false };
  expect(await redrive(world.log, definition.name, ['departures'], again)).toMatchObject({ redriven: 2 });
  await eventually('four vectors', async () => (await served()).length === 4);
  expect(await served()).toEqual(['a', 'd', 'b', 'c']);
});

test('the very first record of a partition can be skipped too, and one of a schema that is no event’s', async () => {
  const [a, b] = await departures('a', 'b');
  const { encode } = await world.codec.writer('other', { type: 'record', name: 'Other', fields: [] });
  await send('departures', [withId(a!, 9999), encode({}), b!]);
  await end();
  worker = await world.worker(definition);
  await eventually('admit waits', () => task('admit/departures/0').state === 'waiting');
  expect(await skip({ max: 1 })).toMatchObject({ from: 0, to: 1, code: 'SCHEMA_UNKNOWN' });
  await eventually('admit is stuck', () => task('admit/departures/0').state === 'stuck');
  expect(task('admit/departures/0').because).toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
  expect(await skip()).toMatchObject({ from: 1, to: 2, code: 'SCHEMA_INCOMPATIBLE' });
  await worker.stop();
  worker = await world.worker(definition);
  await eventually('one vector', async () => (await served()).length === 1);
  expect(await served()).toEqual(['b']);
  expect(await letters()).toHaveLength(2);
});

test('a registry that does not answer is no reason to give anything up', async () => {
  const { HeadraceError } = await import('../../src/error.js');
  const [a] = await departures('a');
  await send('departures', [withId(a!, 9999)]);
  await world.log.createTopics([{ topic: admittedTopic(definition.name, 'departures'), partitions: 1, config: {} }]);
  world.registry.schema = () =>
    Promise.reject(new HeadraceError('REGISTRY_UNAVAILABLE', 'it is down', { remedy: 'retry' }));
  await expect(skip()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

/** Each of Headrace's own topics of frames, by what is asked of the topology. */
const OWN = {
  admitted: () => admittedTopic(definition.name, 'departures'),
  inbox: () => inboxTopic(definition.name, definition.groups[0]!),
  features: () => featuresTopic(definition.name, definition.groups[0]!, 'departures'),
  served: () => servedTopic(definition.name, definition.views[0]!),
  vectors: () => vectorsTopic(definition.name, definition.views[0]!),
};

test.each(Object.keys(OWN) as (keyof typeof OWN)[])(
  'somebody else’s record in the topic %s stops its readers, named with its place, until a person says that it is none',
  async (own) => {
    const values = await departures('a', 'b', 'c', 'd');
    await send('departures', values.slice(0, 2));
    worker = await world.worker(definition);
    await eventually('two are considered', () => task('admit/departures/0').numbers.considered_offset === 2);
    await worker.stop();
    const at = { topic: OWN[own](), partition: 0 };
    const [bounds] = await world.log.offsets([at]);
    const place = { ...at, offset: bounds!.lastStable };
    await send(at.topic, [Buffer.from('{"mine":1}')]);
    await send('departures', values.slice(2));
    await end();

    worker = await world.worker(definition);
    const stuck = () => worker!.status().filter(({ state }) => state === 'stuck');
    await eventually('somebody is stuck', () => stuck().length > 0);
    for (const { because } of stuck()) {
      expect(because).toMatchObject({ code: 'FRAME_UNREADABLE', remedy: 'fix-environment' });
      expect(because!.message).toContain(`${place.topic}/0 offset ${place.offset}: record cannot be read: `);
      expect(because!.message).toContain(`HEADRACE_FOREIGN_RECORDS=${place.topic}/0/${place.offset} and start`);
    }
    await worker.stop();

    const told: object[] = [];
    const log = withoutRecords(world.log.newClient(), [place], (left) => told.push(left));
    worker = await world.worker(definition, undefined, log);
    await eventually('four vectors', async () => (await vectorsOf(definition, log, world.codec)).length === 4);
    expect((await vectorsOf(definition, log, world.codec)).map(({ row }) => row.id)).toEqual(['a', 'b', 'c', 'd']);
    await eventually('everything is read', () => worker!.status().every(({ numbers }) => !numbers.lag_rows));
    expect(stuck()).toEqual([]);
    expect(told).toEqual([place]);
  },
);

test('a frame that is left out by mistake is missed, by name', async () => {
  const topic = admittedTopic(definition.name, 'departures');
  const log = withoutRecords(world.log.newClient(), [{ topic, partition: 0, offset: 1 }], () => {});
  worker = await world.worker(definition, undefined, log);
  for (const [i, value] of (await departures('a', 'b', 'c')).entries()) {
    await send('departures', [value]);
    await eventually('it is admitted', () => task('admit/departures/0').numbers.considered_offset === i + 1);
  }
  await eventually('route is stuck', () => task('route/origin.v1').state === 'stuck');
  expect(task('route/origin.v1').because!.message).toMatch(/no gap in .*admitted.*departures/);
});
