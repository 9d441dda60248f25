/**
 * The Log port in this process: for tests, and for the demo where there is no Kafka.
 * Goal: what Kafka would do, as one suite for both shows: transactions, fencing, gaps, last stable offsets, groups.
 * Nothing is on disk, and nothing is taken by retention but through `deleteRecords`.
 */
import { closed } from './errors.js';
import { FETCH_BYTES_MAX, FETCH_WAIT_MS } from './limits.js';
import type {
  Appended,
  Fetched,
  JoinOptions,
  Log,
  Membership,
  Outgoing,
  Partition,
  TransactionalProducer,
} from './log.js';
import { MemoryBroker } from './memory/broker.js';
import { MemorySubscription } from './memory/subscription.js';

export interface MemoryLog extends Log {
  /** Another client of the same log, as another process would be. */
  newClient(): MemoryLog;
  /** As retention does: what lies before the offset `before` is gone. */
  deleteRecords(topic: string, partition: number, before: number): void;
  /** A transactional producer step by step, which `transactional` does not offer: for tests of what lies open. */
  beginTransaction(transactionalId: string): OpenTransaction;
}

export interface OpenTransaction {
  send(records: readonly Outgoing[]): Promise<readonly Appended[]>;
  end(commit: boolean): Promise<void>;
}

/** @param broker what its clients share */
export const memoryLog = (broker: MemoryBroker = new MemoryBroker()): MemoryLog => clientOf(broker);

/** Lets other work go first, as a network would. */
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function clientOf(broker: MemoryBroker): MemoryLog {
  const closers = new Set<() => void>();
  let open = true;
  const check = () => {
    if (!open) throw closed('this client of the log');
  };

  async function fetch(
    at: Partition & { readonly offset: number },
    { maxWaitMs = FETCH_WAIT_MS, maxBytes = FETCH_BYTES_MAX } = {},
  ): Promise<Fetched> {
    check();
    await turn();
    const partition = broker.partition(at);
    const first = partition.read(at.offset, maxBytes);
    if (first.next > at.offset || maxWaitMs <= 0) return first;
    await new Promise<void>((done) => {
      const end = () => {
        clearTimeout(timer);
        unwatch();
        done();
      };
      const timer = setTimeout(end, maxWaitMs);
      const unwatch = partition.watch(() => {
        if (partition.start > at.offset || partition.lastStable > at.offset) end();
      });
    });
    return broker.partition(at).read(at.offset, maxBytes);
  }

  async function transactional(transactionalId: string): Promise<TransactionalProducer> {
    check();
    await turn();
    const incarnation = broker.incarnate(transactionalId);
    let usable = true;
    return {
      async transaction(records) {
        if (!usable) throw closed(`the producer of ${transactionalId}`);
        try {
          broker.checkNewest(incarnation);
          for (const record of records) broker.partition(record);
          const appended = broker.append(records, incarnation);
          await turn();
          broker.finish(incarnation, true);
          return appended;
        } catch (failure) {
          usable = false;
          throw failure;
        }
      },
      async close() {
        usable = false;
      },
    };
  }

  async function join(
    group: string,
    topic: string,
    assigned: (partitions: readonly number[]) => void,
    options: JoinOptions = {},
  ): Promise<Membership> {
    check();
    await turn();
    let member = true;
    const give = (partitions: readonly number[]) => member && assigned(partitions);
    const leaveNow = broker.group(group).join(topic, give, options);
    const leave = () => {
      if (!member) return;
      member = false;
      closers.delete(leave);
      leaveNow();
    };
    closers.add(leave);
    return { leave: async () => leave() };
  }

  return {
    async createTopics(specs) {
      check();
      for (const spec of specs) broker.create(spec);
    },
    async deleteTopics(topics) {
      check();
      for (const topic of topics) broker.delete(topic);
    },
    async growTopics(topics) {
      check();
      for (const { topic, partitions } of topics) broker.grow(topic, partitions);
    },
    listTopics: async () => broker.topics(),
    describeTopic: async (topic) => broker.describe(topic),
    identify: async (topics) => broker.identify(topics),
    async offsets(partitions) {
      check();
      await turn();
      return partitions.map(({ topic, partition }) => {
        const { start, lastStable } = broker.partition({ topic, partition });
        return { topic, partition, start, lastStable };
      });
    },
    fetch,
    subscribe(at, ready) {
      check();
      const close = () => subscription.close();
      const subscription = new MemorySubscription(broker, at, ready, () => closers.delete(close));
      closers.add(close);
      return subscription;
    },
    async producer() {
      check();
      return {
        async send(records) {
          for (const record of records) broker.partition(record);
          const appended = broker.append(records, null);
          await turn();
          return appended;
        },
        async close() {},
      };
    },
    transactional,
    async committed(group, topic) {
      check();
      return broker.group(group).committed(topic);
    },
    async commit(group, topic, offsets) {
      check();
      broker.group(group).commit(topic, offsets);
    },
    join,
    members: async (group) => broker.group(group).members,
    async whoHas(group, topic) {
      check();
      await turn();
      return broker.group(group).whoHas(topic);
    },
    async close() {
      open = false;
      for (const close of [...closers]) close();
    },
    newClient: () => clientOf(broker),
    deleteRecords: (topic, partition, before) => broker.partition({ topic, partition }).deleteBefore(before),
    beginTransaction(transactionalId) {
      const incarnation = broker.incarnate(transactionalId);
      return {
        send: async (records) => {
          broker.checkNewest(incarnation);
          return broker.append(records, incarnation);
        },
        end: async (commit) => broker.finish(incarnation, commit),
      };
    },
  };
}
