/**
 * The Log port of one simulated process: the memory log behind `Host.call`, with the faults of brokers and networks.
 * What is lied about: a produce takes effect for some of its partitions only, or for the first records of one, and reports an
 * error; a commit is decided and reports one. What is checked: a sender has one unacknowledged send per partition.
 */
import { closed, unavailable } from '../../src/log/errors.js';
import type { Appended, Log, Outgoing, Producer, TransactionalProducer } from '../../src/log/log.js';
import type { Incarnation } from '../../src/log/memory/broker.js';
import { FaultySubscription } from './faulty-subscription.js';
import type { Host } from './host.js';
import type { Members } from './members.js';
import { fnv } from './random.js';

const CONCURRENT_MAX_MS = 60;

export interface LogOptions {
  readonly host: Host;
  readonly members: Members;
  /** Told of what was appended, in order. */
  readonly appended: (records: readonly Outgoing[], at: readonly Appended[]) => void;
  /** Told of what compute says to have acknowledged. */
  readonly acknowledged: (topic: string, offsets: ReadonlyMap<number, number>) => void;
  /** Whether a produce of these is acknowledged and lost, as by an unclean election. */
  readonly loses: (records: readonly Outgoing[]) => boolean;
}

export function faultyLog({ host, members, appended, acknowledged, loses }: LogOptions): Log {
  const { world } = host;
  const { broker, random, scheduler } = world;
  const client = world.log.newClient();
  const read = <T>(what: string, effect: () => Promise<T>) => host.call({ kind: 'read', what, effect });
  const write = <T>(what: string, effect: () => T | Promise<T>, partly?: () => void) =>
    host.call({ kind: 'write', what, effect, ...(partly && { partly }) });

  const append = (records: readonly Outgoing[], incarnation: Incarnation | null): readonly Appended[] => {
    for (const record of records) broker.partition(record);
    const at = broker.append(records, incarnation);
    for (const { topic, partition, baseOffset } of at) {
      const own = records.filter((record) => record.topic === topic && record.partition === partition);
      world.trace(host.name, `appends ${topic}/${partition} ${baseOffset}+${own.length} ${printOf(topic, own)}`);
    }
    appended(records, at);
    return at;
  };

  function sender(): Producer {
    const busy = new Set<string>();
    return {
      async send(records) {
        const places = new Set(records.map(({ topic, partition }) => `${topic}/${partition}`));
        for (const place of places) {
          if (busy.has(place)) world.note(`${host.name} sends to ${place} before its last send there is acknowledged`);
          busy.add(place);
        }
        try {
          const what = `send to ${[...places].join(' ')}`;
          return await write(
            what,
            () => {
              if (!loses(records)) return append(records, null);
              world.strike('loss', host.name, what);
              return [...places].map((place) => {
                const record = records.find(({ topic, partition }) => `${topic}/${partition}` === place)!;
                return { ...record, baseOffset: broker.partition(record).end };
              });
            },
            () => {
              const part = partOf(records, places);
              if (part.length > 0) append(part, null);
            },
          );
        } finally {
          for (const place of places) busy.delete(place);
        }
      },
      close: async () => {},
    };
  }

  /** Of each partition everything, nothing, or its first records. */
  function partOf(records: readonly Outgoing[], places: ReadonlySet<string>): readonly Outgoing[] {
    const left = new Map<string, number>();
    for (const place of places) {
      const all = records.filter(({ topic, partition }) => `${topic}/${partition}` === place).length;
      left.set(place, random.pick([0, all, random.below(all + 1)]));
    }
    return records.filter(({ topic, partition }) => {
      const place = `${topic}/${partition}`;
      left.set(place, left.get(place)! - 1);
      return left.get(place)! >= 0;
    });
  }

  async function transactional(id: string): Promise<TransactionalProducer> {
    const { transactions, rates } = world;
    const waitForMarkers = async () => {
      if (!random.chance(rates.concurrent)) return;
      world.strike('concurrent', host.name, id);
      await scheduler.sleep(random.below(CONCURRENT_MAX_MS));
    };
    await waitForMarkers();
    const incarnation = await write(`open ${id}`, () => transactions.open(id));
    let usable = true;
    return {
      async transaction(records) {
        if (!usable) throw closed(`the producer of ${id}`);
        if (records.length === 0) return [];
        usable = false;
        await waitForMarkers();
        const at = await write(`transaction of ${id}`, () => {
          transactions.settle(id);
          broker.checkNewest(incarnation);
          const places = append(records, incarnation);
          transactions.begun(incarnation);
          return places;
        });
        if (random.chance(rates.abort)) {
          world.strike('abort', host.name, id);
          await write(`abort ${id}`, () => transactions.abort(incarnation));
          throw unavailable(`a transaction of ${id}`, new Error('aborted'));
        }
        const commit = () => transactions.commit(incarnation);
        await write(`commit ${id}`, commit, () => random.chance(0.5) && commit());
        usable = true;
        return at;
      },
      async close() {
        usable = false;
      },
    };
  }

  return {
    createTopics: (specs) => write('createTopics', () => client.createTopics(specs)),
    deleteTopics: (topics) => write('deleteTopics', () => client.deleteTopics(topics)),
    growTopics: (topics) => write('growTopics', () => client.growTopics(topics)),
    identify: (topics) => read('identify', () => client.identify(topics)),
    listTopics: () => read('listTopics', () => client.listTopics()),
    describeTopic: (topic) => read('describeTopic', () => client.describeTopic(topic)),
    offsets: (partitions) => read('offsets', () => client.offsets(partitions)),
    fetch: (at, options) => read(`fetch ${at.topic}/${at.partition}`, () => client.fetch(at, options)),
    subscribe: (at, ready) => new FaultySubscription(host, client, at, ready),
    producer: () => read('producer', async () => sender()),
    transactional,
    committed: (group, topic) => read(`committed ${group}`, () => client.committed(group, topic)),
    commit: (group, topic, offsets) =>
      write(`hint ${group}`, async () => {
        acknowledged(topic, offsets);
        await client.commit(group, topic, offsets);
      }),
    join: (group, topic, assigned) => write(`join ${group}`, () => members.join(host, group, topic, assigned)),
    whoHas: (group, topic) => read('whoHas', () => client.whoHas(group, topic)),
    members: (group) => read('members', () => client.members(group)),
    close: () => client.close(),
  };
}

/** A print of the bytes, but of those that bear an id drawn by chance, or a stack. */
function printOf(topic: string, records: readonly Outgoing[]): string {
  if (topic.includes('.changelog.') || topic.includes('.deadletters.')) return '';
  return fnv(records.map(({ value }) => value?.toString('latin1') ?? '').join('|')).toString(16);
}
