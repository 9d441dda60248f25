/**
 * The Log port on Kafka, over kafkajs's connections.
 * Goal: reads that hide nothing and writes that say what came of them; see `kafka/` for how. Method: one set of connections for
 * single requests, one for all subscriptions, one for each producer, so that no wait stands in another's way.
 * Errors: `OFFSET_OUT_OF_RANGE`, `TOPIC_UNKNOWN`, `PRODUCER_FENCED`, `LOG_UNAVAILABLE` (after bounded retries), `LOG_REFUSED`.
 */
import { closed, nameOf } from './errors.js';
import { Brokers } from './kafka/brokers.js';
import { connector, type KafkaLogOptions, kafkajsClient } from './kafka/client.js';
import { fetchedOf, fetchParts } from './kafka/fetch.js';
import { identify } from './kafka/identify.js';
import { addressesOf, memberCount } from './kafka/members.js';
import { joinGroup } from './kafka/membership.js';
import { commitOffsets, committedOffsets, offsetsOf } from './kafka/offsets.js';
import { Outages } from './kafka/outages.js';
import { KafkaProducer } from './kafka/producer.js';
import { retrying, wait } from './kafka/retry.js';
import { spaced } from './kafka/spaced.js';
import { Subscriptions } from './kafka/subscriptions.js';
import { createTopics, deleteTopics, describeTopic, growTopics, listTopics } from './kafka/topics.js';
import { type KafkaTransactionalProducer, openTransactional } from './kafka/transactional.js';
import { FETCH_BYTES_MAX, FETCH_WAIT_MS } from './limits.js';
import type { Fetched, Log, Partition } from './log.js';
import { within } from './within.js';

export type { KafkaLogOptions } from './kafka/client.js';

/** How long opening waits for a broker. */
const OPEN_MAX_MS = 10_000;
const SESSION_TIMEOUT_MS = 10_000;
/** What does not end by then is left to fail by itself; sooner where it waits for a broker that is away. */
const CLOSE_MAX_MS = 10_000;
const CLOSE_AWAY_MAX_MS = 500;
/** A fetch that waits asks again and again, since a long poll would hold up the other fetches of its connection. */
const ASK_FIRST_WAIT_MS = 3;
const ASK_WAIT_MAX_MS = 40;

export interface KafkaLog extends Log {
  transactional(transactionalId: string): Promise<KafkaTransactionalProducer>;
}

/** @throws HeadraceError `LOG_UNAVAILABLE` */
export async function kafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const { brokers: seeds, logger, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const kafka = kafkajsClient(options);
  const connect = spaced(connector(kafka));
  const closers = new Set<() => Promise<void>>();
  const outages = new Outages({
    logger,
    waiting: () => `${subscriptions.size} readers and ${closers.size} producers or members`,
  });
  const own = () => new Brokers(connect, seeds, outages);
  const brokers = own();
  const subscriptions: Subscriptions = new Subscriptions(own());
  let open = true;
  const check = () => {
    if (!open) throw closed('this client of the log');
  };
  try {
    await retrying(`connecting to ${seeds.join(', ')}`, () => brokers.metadata(['__consumer_offsets']), {
      forMs: OPEN_MAX_MS,
    });
  } catch (error) {
    await brokers.close();
    throw error;
  }

  async function fetch(
    at: Partition & { readonly offset: number },
    { maxWaitMs = FETCH_WAIT_MS, maxBytes = FETCH_BYTES_MAX } = {},
  ): Promise<Fetched> {
    const until = Date.now() + maxWaitMs;
    for (let ms = ASK_FIRST_WAIT_MS; ; ms = Math.min(ms * 2, ASK_WAIT_MAX_MS)) {
      const fetched = await retrying(`a fetch of ${nameOf(at)}`, async () => {
        const leader = await brokers.leader(at);
        const [answer] = await fetchParts(brokers, leader, [{ ...at, maxBytes }], { maxWaitMs: 0, maxBytes });
        return fetchedOf(brokers, answer!, at.offset);
      });
      const left = until - Date.now();
      if (fetched.next > at.offset || left <= 0) return fetched;
      await wait(Math.min(ms, left));
    }
  }

  /** Runs `close` with the log unless it was called before. */
  function closing(close: () => Promise<void>): () => void {
    closers.add(close);
    return () => closers.delete(close);
  }

  return {
    createTopics: (specs) => createTopics(brokers, specs),
    deleteTopics: (topics) => deleteTopics(brokers, topics),
    growTopics: (topics) => growTopics(brokers, topics),
    listTopics: () => listTopics(brokers),
    describeTopic: (topic) => describeTopic(brokers, topic),
    identify: (topics) => retrying('looking for topics', () => brokers.askAny((broker) => identify(broker, topics))),
    offsets: async (partitions) => (partitions.length === 0 ? [] : offsetsOf(brokers, partitions)),
    fetch,
    subscribe(at, ready) {
      check();
      return subscriptions.add(at, ready);
    },
    async producer() {
      check();
      const producer: KafkaProducer = new KafkaProducer(own(), () => done());
      const done = closing(() => producer.close());
      return producer;
    },
    async transactional(transactionalId) {
      check();
      const mine = own();
      try {
        const producer: KafkaTransactionalProducer = await openTransactional(
          mine,
          transactionalId,
          sessionTimeoutMs,
          () => done(),
        );
        const done = closing(() => producer.close());
        return producer;
      } catch (error) {
        await mine.close();
        throw error;
      }
    },
    committed: (group, topic) => committedOffsets(brokers, group, topic),
    commit: (group, topic, offsets) => commitOffsets(brokers, group, topic, offsets),
    async join(group, topic, assigned, { address, ...others } = {}) {
      check();
      await retrying(`looking for topic ${topic}`, () => brokers.leaders(topic));
      const mine = own();
      try {
        const member = await joinGroup(mine, brokers, {
          group,
          topic,
          sessionTimeoutMs,
          assigned,
          address: address ?? null,
          logger,
          ...others,
        });
        const done = closing(() => member.leave());
        return { leave: () => member.leave().finally(done) };
      } catch (error) {
        await mine.close();
        throw error;
      }
    },
    members: (group) => memberCount(brokers, group),
    whoHas: (group, topic) => addressesOf(brokers, group, topic),
    away: () => outages.away(),
    async close() {
      open = false;
      const closing = Promise.all([subscriptions.close(), ...[...closers].map((close) => close())]).then(() =>
        brokers.close(),
      );
      const maxMs = outages.away() === null ? CLOSE_MAX_MS : CLOSE_AWAY_MAX_MS;
      await within(
        maxMs,
        closing.catch(() => undefined),
        () => undefined,
      );
    },
  };
}
