import { afterEach, beforeEach, expect, test } from 'vitest';
import { healthOf } from '../../src/console/http.js';
import { deadLettersTopic } from '../../src/contract/topics.js';
import { KNOWN_UNTIL } from '../../src/feature/check-event.js';
import { type LogRecord, readToEnd } from '../../src/log/log.js';
import type { Worker } from '../../src/runtime/worker.js';
import type { Scalar, TopologyDefinition } from '../../src/topology/definition.js';
import { eventually, flights, MemoryWorld, sumOf } from '../support/memory-world.js';
import { vectorsOf } from '../support/outputs.js';

// Each outcome stands in docs/bad-input.md.

const NOON = Date.UTC(2013, 5, 1, 16);
const MARKS = { [KNOWN_UNTIL]: '9223372036854775807' };
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

const departure = (id: string, time: number, more: Record<string, Scalar> = {}) => ({
  flight_id: id,
  time,
  tailnum: 'N1',
  carrier: 'UA',
  flight: 1,
  origin: 'EWR',
  dest: 'BOS',
  distance: 200,
  scheduled_arrival: time + 3_600_000,
  ...more,
});

async function encoder(topic: string) {
  const event = definition.events.find((candidate) => candidate.topic === topic)!;
  return world.codec.writer<Record<string, Scalar>>(topic, event.schema, { wide: true });
}

async function send(topic: string, values: readonly (Buffer | null)[], headers = {}) {
  const producer = await world.log.producer();
  await producer.send(values.map((value) => ({ topic, partition: 0, value, headers })));
}

/** Nothing more will come: what was sent is decided. */
async function end(topics = ['departures', 'arrivals', 'weather']) {
  for (const topic of topics) await send(topic, [null], MARKS);
}

const vectors = () => vectorsOf(definition, world.log, world.codec);

async function letters(topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const at = { topic: deadLettersTopic(definition.name, topic), partition: 0 };
  for await (const record of readToEnd(world.log, at)) found.push(record);
  return found;
}

const header = (record: LogRecord, name: string) => record.headers[`__headrace.errors.${name}`]?.toString();

test('a null key: the scored event is served, and that group’s features are missing', async () => {
  const { encode } = await encoder('departures');
  await send('departures', [encode(departure('a', NOON)), encode(departure('b', NOON + 1000, { tailnum: null }))]);
  await end();
  worker = await world.worker(definition);
  await eventually('two vectors', async () => (await vectors()).length === 2);
  const [known, unknown] = (await vectors()).map(({ row }) => row);
  expect(known!.features).toMatchObject({ tail_arrivals_24h: 0, origin_departures_1h: 1 });
  expect(unknown!.features).toMatchObject({ tail_arrivals_24h: null, tail_last_delay: null, origin_departures_1h: 2 });
  expect(unknown!.missing).toEqual([]);
});

test('an unreadable record is a dead letter with its bytes and its position, and what follows is served', async () => {
  const { encode } = await encoder('departures');
  const noise = Buffer.from('not avro at all');
  const cut = encode(departure('b', NOON)).subarray(0, 20);
  await send('departures', [encode(departure('a', NOON)), noise, cut, encode(departure('c', NOON))]);
  await end();
  worker = await world.worker(definition);
  await eventually('two vectors', async () => (await vectors()).length === 2);
  const found = await letters('departures');
  expect(found.map(({ value }) => value)).toEqual([noise, cut]);
  expect(
    found.map((r) => [
      header(r, 'exception'),
      header(r, 'topic'),
      header(r, 'partition'),
      header(r, 'offset'),
      header(r, 'stage'),
    ]),
  ).toEqual([
    ['RECORD_UNREADABLE', 'departures', '0', '1', 'admit'],
    ['RECORD_UNREADABLE', 'departures', '0', '2', 'admit'],
  ]);
  expect((await vectors()).map(({ row }) => row.id)).toEqual(['a', 'c']);
});

test('a schema id that the registry does not know holds its partition, named, and loses nothing', async () => {
  const { encode } = await encoder('departures');
  const unknown = encode(departure('b', NOON));
  const knownId = unknown.readInt32BE(1);
  unknown.writeInt32BE(9999, 1);
  await send('departures', [encode(departure('a', NOON)), unknown, encode(departure('c', NOON))]);
  await end();
  worker = await world.worker(definition);
  const admit = () => worker!.status().find(({ task }) => task === 'admit/departures/0')!;
  await eventually('admit waits', () => admit().state === 'waiting');
  expect(admit().because).toMatchObject({ code: 'SCHEMA_UNKNOWN' });
  expect(admit().because!.message).toContain('departures/0 offset 1');
  // The others may still be opening.
  await eventually('only that is waited for', () => healthOf(worker!.status()).health === 'waiting');
  expect(await letters('departures')).toEqual([]);
  // Somebody registers it: the task goes on by itself.
  const ask = world.registry.schema;
  world.registry.schema = (id) => ask(id === 9999 ? knownId : id);
  await eventually('three vectors', async () => (await vectors()).length === 3);
  expect((await vectors()).map(({ row }) => row.id)).toEqual(['a', 'b', 'c']);
});

test('an event of the year 2099 is a dead letter, and moves no clock', async () => {
  const { encode } = await encoder('departures');
  const future = encode(departure('b', Date.UTC(2099, 0, 1)));
  await send('departures', [encode(departure('a', NOON)), future, encode(departure('c', NOON + 1000))]);
  await end();
  worker = await world.worker(definition);
  await eventually('two vectors', async () => (await vectors()).length === 2);
  const [letter] = await letters('departures');
  expect(letter!.value).toEqual(future);
  expect(header(letter!, 'exception')).toBe('EVENT_IN_THE_FUTURE');
  expect(header(letter!, 'message')).toContain('field time is 2099-01-01');
  expect((await vectors())[1]!.row).toMatchObject({
    id: 'c',
    known: NOON + 1000,
    features: { origin_departures_1h: 2 },
  });
});

test('other events that are none: without id, with a negative time, without a value', async () => {
  const { encode } = await encoder('departures');
  await send('departures', [
    encode(departure('', NOON)),
    encode(departure('b', -5)),
    null,
    encode(departure('c', NOON)),
  ]);
  await end();
  worker = await world.worker(definition);
  await eventually('one vector', async () => (await vectors()).length === 1);
  expect((await letters('departures')).map((r) => header(r, 'exception'))).toEqual([
    'EVENT_WITHOUT_ID',
    'EVENT_TIME_INVALID',
    'RECORD_EMPTY',
  ]);
});

test('an empty topic whose producer has marked its end holds nobody up', async () => {
  const { encode } = await encoder('departures');
  await send('departures', [encode(departure('a', NOON))]);
  await end();
  worker = await world.worker(definition);
  await eventually('one vector', async () => (await vectors()).length === 1);
  expect((await vectors())[0]!.row.features).toMatchObject({ origin_mean_delay_1h: null, origin_last_visib: null });
});

test('an empty topic without a mark is waited for, by name', async () => {
  const { encode } = await encoder('departures');
  await send('departures', [encode(departure('a', NOON))]);
  await end(['departures', 'arrivals']);
  worker = await world.worker(definition);
  const route = () => worker!.status().find(({ task }) => task === 'route/origin.v1')!;
  await eventually('route waits', () => route().numbers.waits_for === 'weather/0');
  expect(sumOf(worker, 'vectors')).toBe(0);
});

test('an empty topic that stays silent is given up after holdMs, and that is counted', async () => {
  await world.close();
  world = await MemoryWorld.open({ HEADRACE_HOLD_MS: '300' });
  await world.createRaw(definition, {});
  const { encode } = await encoder('departures');
  await send('departures', [encode(departure('a', NOON))]);
  worker = await world.worker(definition);
  await eventually('one vector', async () => (await vectors()).length === 1);
  const route = worker.status().find(({ task }) => task === 'route/origin.v1')!;
  expect(route.numbers.away_total).toBe(2);
});
