/**
 * What the clients of one memory log share: topics, transactional ids, consumer groups.
 * Everything here is synchronous, so each call is atomic; clients add the waiting.
 */
import { randomUUID } from 'node:crypto';
import { producerFenced, topicUnknown } from '../errors.js';
import type { Appended, Outgoing, Partition, TopicIdentity, TopicInfo, TopicSpec } from '../log.js';
import { MemoryGroup } from './group.js';
import { MemoryPartition } from './partition.js';

interface Topic {
  readonly id: string;
  info: TopicInfo;
  readonly partitions: MemoryPartition[];
}

/** A transactional id's newest producer; older ones hold another object. */
export interface Incarnation {
  readonly transactionalId: string;
  readonly producer: number;
  /** Partitions of its open transaction. */
  readonly touched: Set<MemoryPartition>;
}

/** Settings that readers ask for, as Kafka has them where nobody says otherwise. */
const DEFAULTS = {
  'cleanup.policy': 'delete',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'retention.ms': '604800000',
};

export class MemoryBroker {
  readonly #topics = new Map<string, Topic>();
  readonly #incarnations = new Map<string, Incarnation>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #now: () => number;
  readonly #newId: () => string;
  #producers = 0;

  /** @param now its clock, ms since the epoch: stamps what is appended. @param newId ids of topics */
  constructor(now: () => number = Date.now, newId: () => string = randomUUID) {
    this.#now = now;
    this.#newId = newId;
  }

  create({ topic, partitions, config }: TopicSpec): void {
    if (this.#topics.has(topic)) return;
    const appendTime = config['message.timestamp.type'] === 'LogAppendTime';
    this.#topics.set(topic, {
      id: this.#newId(),
      info: { topic, partitions, config: { ...DEFAULTS, ...config } },
      partitions: Array.from(
        { length: partitions },
        (_, partition) => new MemoryPartition({ topic, partition }, appendTime),
      ),
    });
  }

  /** @throws HeadraceError `TOPIC_UNKNOWN` */
  grow(name: string, partitions: number): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw topicUnknown(name);
    const appendTime = topic.info.config['message.timestamp.type'] === 'LogAppendTime';
    for (let partition = topic.partitions.length; partition < partitions; partition++) {
      topic.partitions.push(new MemoryPartition({ topic: name, partition }, appendTime));
    }
    topic.info = { ...topic.info, partitions: topic.partitions.length };
  }

  delete(name: string): void {
    const topic = this.#topics.get(name);
    this.#topics.delete(name);
    for (const group of this.#groups.values()) group.forget(name);
    for (const partition of topic?.partitions ?? []) partition.drop();
  }

  topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  describe(topic: string): TopicInfo | null {
    return this.#topics.get(topic)?.info ?? null;
  }

  identify(topics: readonly string[]): ReadonlyMap<string, TopicIdentity> {
    const found = new Map<string, TopicIdentity>();
    for (const topic of topics) {
      const here = this.#topics.get(topic);
      if (here !== undefined) found.set(topic, { id: here.id, partitions: here.partitions.length });
    }
    return found;
  }

  /** @throws HeadraceError `TOPIC_UNKNOWN` */
  partition({ topic, partition }: Partition): MemoryPartition {
    const found = this.#topics.get(topic)?.partitions[partition];
    if (found === undefined) throw topicUnknown(topic, this.#topics.has(topic) ? partition : undefined);
    return found;
  }

  group(name: string): MemoryGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new MemoryGroup((topic) => this.describe(topic));
      this.#groups.set(name, group);
    }
    return group;
  }

  append(records: readonly Outgoing[], incarnation: Incarnation | null): readonly Appended[] {
    const now = this.#now();
    const batches = new Map<MemoryPartition, Outgoing[]>();
    for (const record of records) {
      const partition = this.partition(record);
      const batch = batches.get(partition);
      if (batch === undefined) batches.set(partition, [record]);
      else batch.push(record);
    }
    return [...batches].map(([partition, batch]) => {
      incarnation?.touched.add(partition);
      const { topic, partition: number } = batch[0]!;
      return { topic, partition: number, baseOffset: partition.append(batch, now, incarnation?.producer ?? null) };
    });
  }

  /** Fences the earlier producers of this id, and aborts what they had open. */
  incarnate(transactionalId: string): Incarnation {
    const before = this.#incarnations.get(transactionalId);
    if (before !== undefined) this.#finish(before, false);
    const incarnation: Incarnation = { transactionalId, producer: this.#producers++, touched: new Set() };
    this.#incarnations.set(transactionalId, incarnation);
    return incarnation;
  }

  /** @throws HeadraceError `PRODUCER_FENCED` */
  checkNewest(incarnation: Incarnation): void {
    if (this.#incarnations.get(incarnation.transactionalId) !== incarnation) {
      throw producerFenced(incarnation.transactionalId);
    }
  }

  finish(incarnation: Incarnation, commit: boolean): void {
    this.checkNewest(incarnation);
    this.#finish(incarnation, commit);
  }

  #finish(incarnation: Incarnation, commit: boolean): void {
    const now = this.#now();
    for (const partition of incarnation.touched) partition.finish(incarnation.producer, commit, now);
    incarnation.touched.clear();
  }
}
