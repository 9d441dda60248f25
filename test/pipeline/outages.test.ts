import { afterEach, expect, test } from 'vitest';
import { type InboxFrame, inboxSchema } from '../../src/contract/frames.js';
import { inboxTopic } from '../../src/contract/topics.js';
import { HeadraceError } from '../../src/error.js';
import { readToEnd } from '../../src/log/log.js';
import { verify } from '../../src/replay/verify.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { eventually, flights, MemoryWorld, sumOf } from '../support/memory-world.js';
import { vectorsOf } from '../support/outputs.js';

const UNTIL = Date.UTC(2013, 0, 4, 5);
const PARTITIONS = { departures: 2, arrivals: 2, weather: 1 };

let world: MemoryWorld | null = null;
afterEach(() => world?.close());

async function verified(definition: TopologyDefinition, departures: number): Promise<void> {
  const report = await verify({ definition, view: definition.views[0]!, log: world!.log, codec: world!.codec });
  expect(report).toMatchObject({ compared: departures, differing: 0 });
}

test('a registry that fails at every first question costs no stage a record', async () => {
  world = await MemoryWorld.open();
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  const ask = world.registry.schema;
  const asked = new Map<number, number>();
  world.registry.schema = async (id) => {
    const times = (asked.get(id) ?? 0) + 1;
    asked.set(id, times);
    if (times <= 2) throw new HeadraceError('REGISTRY_UNAVAILABLE', 'the registry is away', { remedy: 'retry' });
    return ask(id);
  };
  const worker = await world.worker(definition);
  await eventually('all vectors', () => sumOf(worker, 'vectors') >= departures);
  await worker.stop();
  expect(asked.size).toBeGreaterThan(5);
  await verified(definition, departures);
});

test('a broker that refuses every 23rd request: every departure once', async () => {
  world = await MemoryWorld.open();
  const definition = await flights();
  await world.createRaw(definition, PARTITIONS);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  const client = world.log.newClient();
  let calls = 0;
  const refuse = () => {
    if (++calls % 23 === 0) throw new HeadraceError('LOG_UNAVAILABLE', 'no broker answers', { remedy: 'retry' });
  };
  let on = false;
  const flaky = new Proxy(client, {
    get(target, name: keyof typeof client) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args: never[]) => {
        if (on && (name === 'offsets' || name === 'fetch' || name === 'transactional')) refuse();
        return (value as (...all: never[]) => unknown).apply(target, args);
      };
    },
  });
  const worker = await world.worker(definition, undefined, flaky);
  on = true;
  await eventually(
    'all vectors',
    async () => (await vectorsOf(definition, world!.log, world!.codec)).length >= departures,
  );
  on = false;
  await worker.stop();
  expect(calls).toBeGreaterThan(23 * 2);
  expect((await vectorsOf(definition, world.log, world.codec)).length).toBe(departures);
  await verified(definition, departures);
});

test('without marks, a catch-up comes out in the order in which things were known', async () => {
  world = await MemoryWorld.open();
  const marked = await flights();
  const definition = { ...marked, events: marked.events.map((event) => ({ ...event, marks: false })) };
  await world.createRaw(definition, PARTITIONS);
  const departures = (await world.load(definition, UNTIL)).get('departures')!;
  const worker = await world.worker(definition);
  await eventually('all vectors', () => sumOf(worker, 'vectors') >= departures);
  await worker.stop();
  let rows = 0;
  for (const group of definition.groups) {
    const reader = world.codec.reader<InboxFrame>(inboxSchema(definition, group));
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      let known = 0;
      for await (const record of readToEnd(world.log, { topic: inboxTopic(definition.name, group), partition })) {
        await reader.prepare([record.value]);
        for (const row of reader.decode(record.value!).rows) {
          expect(row.known).toBeGreaterThanOrEqual(known);
          known = row.known;
          rows++;
        }
      }
    }
  }
  expect(rows).toBeGreaterThan(departures * 3);
});
