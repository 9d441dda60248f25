import { expect, test } from 'vitest';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { admittedTopic, definitionsTopic } from '../../src/contract/topics.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { settleDefinitions } from '../../src/runtime/definitions.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { refuseLostTopics } from '../../src/runtime/topic-ids.js';
import { TopicWatch } from '../../src/runtime/topic-watch.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { flights } from '../support/memory-world.js';

const INBOX = 'flights.inbox.plane.v1';
const LETTERS = 'flights.deadletters.weather.v1';

async function world() {
  const log = memoryLog();
  const definition = await flights();
  const codec = new Codec(memoryRegistry());
  const told: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (fields: object) => told.push((fields as { code: string }).code),
    error: (fields: object) => told.push((fields as { code: string }).code),
  };
  const raw = definition.events.map(({ topic }) => ({ topic, partitions: 1, config: {} }));
  await log.createTopics(raw);
  /** As a worker does. */
  const start = async () => {
    await refuseLostTopics(definition, { log, codec, logger });
    return settleDefinitions(definition, await ensureTopics(log, definition), { log, codec, clock: systemClock });
  };
  const recreate = async (topic: string) => {
    const info = await log.describeTopic(topic);
    await log.deleteTopics([topic]);
    await log.createTopics([info!]);
  };
  const send = async (topic: string) => {
    const producer = await log.producer();
    await producer.send([{ topic, partition: 0, value: Buffer.from('x') }]);
  };
  return { log, codec, definition, told, logger, start, recreate, send };
}

test('a start on the same topics is a start', async () => {
  const { start, told } = await world();
  const numbers = await start();
  expect(await start()).toEqual(numbers);
  expect(told).toEqual([]);
});

test('a deleted inbox is not made anew as if nothing had been', async () => {
  const { log, start } = await world();
  await start();
  await log.deleteTopics([INBOX]);
  await expect(start()).rejects.toMatchObject({
    code: 'TOPIC_DELETED',
    message: expect.stringMatching(
      /topic flights\.inbox\.plane\.v1 does not exist any more.* Give the group, and the views/,
    ),
    details: { topics: [INBOX] },
  });
  expect((await log.identify([INBOX])).size).toBe(0);
});

test('a topic that was made anew is told from what it was, whatever it holds; every one is named', async () => {
  const { start, recreate, send } = await world();
  await start();
  await recreate('weather');
  await send('weather');
  await recreate('flights.served.delays.v1');
  await expect(start()).rejects.toMatchObject({
    code: 'TOPIC_RECREATED',
    message: expect.stringMatching(/topic weather .* another name.*\n.*flights\.served\.delays\.v1 .* another name/s),
    details: { topics: ['weather', 'flights.served.delays.v1'] },
  });
});

test('one that nothing goes on from is made anew, told once', async () => {
  const { log, start, recreate, told } = await world();
  await start();
  await log.deleteTopics([LETTERS]);
  await recreate('flights.tasks.feature');
  await start();
  expect(told.sort()).toEqual(['TOPIC_DELETED', 'TOPIC_RECREATED']);
  expect((await log.identify([LETTERS])).size).toBe(1);
  await start();
  expect(told).toHaveLength(2);
});

test('definitions that are gone are missed, but not by a topology that has not run', async () => {
  const { log, start, send } = await world();
  await start();
  await log.deleteTopics([definitionsTopic('flights')]);
  await start();
  await log.deleteTopics([definitionsTopic('flights')]);
  await send(admittedTopic('flights', 'weather'));
  await expect(start()).rejects.toMatchObject({
    code: 'TOPIC_DELETED',
    details: { topic: definitionsTopic('flights') },
  });
});

test('a raw topic that was given partitions: its own topics follow at the next start, with tasks for them', async () => {
  const { log, start } = await world();
  await start();
  await log.growTopics([{ topic: 'departures', partitions: 3 }]);
  const numbers = await start();
  expect(numbers.inference).toEqual(['serve/delays.v1/0', 'serve/delays.v1/1', 'serve/delays.v1/2']);
  const grown = await log.identify(['flights.vectors.delays.v1', 'flights.admitted.departures.v1', INBOX]);
  expect([...grown.values()].map(({ partitions }) => partitions)).toEqual([3, 3, 4]);
});

test('who may not give partitions is told which', async () => {
  const { log, definition, start } = await world();
  await start();
  await log.growTopics([{ topic: 'weather', partitions: 2 }]);
  const { HeadraceError } = await import('../../src/error.js');
  const refusing = {
    ...log,
    growTopics: async () => {
      throw new HeadraceError('LOG_REFUSED', 'no right', { remedy: 'fix-environment' });
    },
  };
  await expect(ensureTopics(refusing, definition)).rejects.toMatchObject({
    code: 'PARTITIONS_DIFFER',
    message: expect.stringContaining('kafka-topics --alter --topic flights.admitted.weather.v1 --partitions 2'),
  });
});

test('a topic that a broker does not know of for a moment is not lost', async () => {
  const { log, codec, definition, logger, told, start } = await world();
  await start();
  let forgets = true;
  const forgetful = {
    ...log,
    identify: async (topics: readonly string[]) => {
      const all = new Map(await log.identify(topics));
      if (forgets && all.delete(INBOX)) forgets = false;
      return all;
    },
  };
  await refuseLostTopics(definition, { log: forgetful, codec, logger });
  expect(forgets).toBe(false);
  const other = new TopicWatch(definition, forgetful, logger);
  await other.look();
  forgets = true;
  await other.look();
  expect(forgets).toBe(false);
  await other.look();
  expect(other.status()).toEqual([]);
  expect(told).toEqual([]);
});

test('a running worker shows what became of its topics, for as long as it lasts', async () => {
  const { log, definition, logger, told, start, recreate } = await world();
  await start();
  const lost: string[] = [];
  const watch = new TopicWatch(definition, log, logger, (topic) => lost.push(topic));
  await watch.look();
  await watch.look();
  expect(watch.status()).toEqual([]);
  await log.growTopics([{ topic: 'weather', partitions: 2 }]);
  await recreate('arrivals');
  await log.deleteTopics([INBOX]);
  await watch.look();
  await watch.look();
  expect(
    watch
      .status()
      .map(({ task, state, because }) => [task, state, because!.code])
      .sort(),
  ).toEqual([
    ['topics/arrivals', 'stuck', 'TOPIC_RECREATED'],
    [`topics/${INBOX}`, 'stuck', 'TOPIC_DELETED'],
    ['topics/weather', 'waiting', 'PARTITIONS_GREW'],
  ]);
  expect(told.sort()).toEqual(['PARTITIONS_GREW', 'TOPIC_DELETED', 'TOPIC_RECREATED']);
  expect(lost).toEqual(['arrivals']);
});
