/**
 * The Log port: partitioned, append-only, with transactions; Kafka, memory, or files behind it.
 * Goal: reads that hide nothing. Every read is of committed records only, filtered here and not by kafkajs, and tells how far
 * it considered its partition, so that control records, aborted records and empty fetches move a reader on.
 * Errors: `OFFSET_OUT_OF_RANGE` (never repaired by itself), `TOPIC_UNKNOWN`, `PRODUCER_FENCED`, `LOG_UNAVAILABLE`.
 */

/** Its bytes may be views of all that one fetch brought: whoever keeps a record for long copies it. */
export interface LogRecord {
  readonly offset: number;
  /** ms since the epoch: append time or the producer's, as the topic is set. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** What one fetch considered: the committed data records of [`from`, `next`). `records` may be empty while `next` moved. */
export interface Fetched extends Partition {
  readonly from: number;
  readonly next: number;
  readonly lastStableOffset: number;
  readonly records: readonly LogRecord[];
}

export interface Offsets extends Partition {
  /** The first offset that is still there. */
  readonly start: number;
  /** The offset before which everything is decided (committed or aborted). */
  readonly lastStable: number;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Kafka topic settings, e.g. `cleanup.policy`, `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicInfo {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** What tells a topic from another of the same name. */
export interface TopicIdentity {
  /** Given when it was made; null where the brokers give none (before 2.8). */
  readonly id: string | null;
  readonly partitions: number;
}

export interface Outgoing extends Partition {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
  /** ms since the epoch; absent: now. */
  readonly timestamp?: number;
}

/** Where the records of one `send` to one partition begin. */
export interface Appended extends Partition {
  readonly baseOffset: number;
}

/** Acknowledged by all in-sync replicas; order within a partition is the order of calls. */
export interface Producer {
  send(records: readonly Outgoing[]): Promise<readonly Appended[]>;
  close(): Promise<void>;
}

/** Opening it fences every earlier producer of the same transactional id, and aborts what that had open. */
export interface TransactionalProducer {
  /**
   * All of the records or none, in one transaction. Resolves once that is decided; readers see it some ms later (whoever opens
   * the id next, at once). After any error the producer is unusable.
   */
  transaction(records: readonly Outgoing[]): Promise<readonly Appended[]>;
  close(): Promise<void>;
}

/** One partition as one reader reads it. Holds at most one fetch that was not taken; fetches again once it is. An error ends it. */
export interface Subscription extends Partition {
  /** What was fetched since the last call, or null. Throws what the fetch met (`OFFSET_OUT_OF_RANGE`, …). */
  take(): Fetched | null;
  /** Where the partition ends, with what is not decided yet, as the broker said last; null before it said so. */
  end(): number | null;
  close(): void;
}

export interface Membership {
  /** Leaves the group at once, so that others take over without waiting for the session time-out. */
  leave(): Promise<void>;
}

export interface JoinOptions {
  /** Where the member is reached, told to whoever asks `whoHas`: a few hundred bytes of text at most. */
  readonly address?: string;
  /** Partitions whose state is at hand when the group deals: they come here rather than to another that does not have them. */
  readonly warm?: () => readonly number[];
  /** A member that is dead, as whoever joins knows for certain: it is put out of the group first, so that nobody waits for its session. */
  readonly replaces?: string;
  /** Told the name that the group gives this member, and every later one: what a successor gives as `replaces`. */
  readonly named?: (member: string) => void;
}

/** A broker that does not answer. */
export interface Away {
  /** `host:port` */
  readonly broker: string;
  /** ms since the epoch. */
  readonly sinceMs: number;
  /** Since when it answers again, ms since the epoch; null: it does not. */
  readonly untilMs: number | null;
}

export interface Log {
  /** Creates those that do not exist, leaves the others as they are. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Gives topics more partitions, behind those that they have; leaves one that has as many as it is. */
  growTopics(topics: readonly { readonly topic: string; readonly partitions: number }[]): Promise<void>;
  listTopics(): Promise<readonly string[]>;
  /** Null for a topic that does not exist. */
  describeTopic(topic: string): Promise<TopicInfo | null>;
  /** Of those that exist, by name, in one request. */
  identify(topics: readonly string[]): Promise<ReadonlyMap<string, TopicIdentity>>;
  offsets(partitions: readonly Partition[]): Promise<readonly Offsets[]>;
  /** One read, not more than `maxBytes` (at least one record), waiting at most `maxWaitMs` for the first. */
  fetch(
    at: Partition & { readonly offset: number },
    options?: { readonly maxWaitMs?: number; readonly maxBytes?: number },
  ): Promise<Fetched>;
  /** Reads on from `offset` in the background; calls `ready` when `take` has something (a fetch that moved, or an error). */
  subscribe(at: Partition & { readonly offset: number }, ready: () => void): Subscription;
  producer(): Promise<Producer>;
  transactional(transactionalId: string): Promise<TransactionalProducer>;
  /** Offsets committed by a consumer group for a topic, by partition; absent where none. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>;
  /**
   * Joins a consumer group for membership alone: `assigned` is called with the partitions of `topic` that are this member's,
   * at each (re)assignment, and with none when they are revoked.
   */
  join(
    group: string,
    topic: string,
    assigned: (partitions: readonly number[]) => void,
    options?: JoinOptions,
  ): Promise<Membership>;
  /**
   * The addresses of the members that joined with one, by the partitions of `topic` that they have. A partition is absent
   * where nobody has it, where its member gave no address, and while the group deals anew.
   */
  whoHas(group: string, topic: string): Promise<ReadonlyMap<number, string>>;
  /** How many members a consumer group has now, whoever they are; 0 for one that does not exist. */
  members(group: string): Promise<number>;
  /** Whether a broker is away now or was until some seconds ago, as far as requests showed; a log without brokers has none. */
  away?(): Away | null;
  close(): Promise<void>;
}

/** All records of a partition from `offset` (or its start) up to its last stable offset at the time of the call. */
export async function* readToEnd(log: Log, at: Partition, offset?: number): AsyncGenerator<LogRecord> {
  const [bounds] = await log.offsets([at]);
  let next = offset ?? bounds!.start;
  while (next < bounds!.lastStable) {
    const fetched = await log.fetch({ ...at, offset: next }, { maxWaitMs: 1000, maxBytes: 4 * 1024 * 1024 });
    for (const record of fetched.records) if (record.offset < bounds!.lastStable) yield record;
    next = fetched.next;
  }
}

/** The last committed data record of a partition, or null where there is none: looked for backwards, in growing steps. */
export async function lastRecord(log: Log, at: Partition): Promise<LogRecord | null> {
  const [bounds] = await log.offsets([at]);
  const { start, lastStable } = bounds!;
  for (let back = 4; ; back *= 8) {
    const from = Math.max(start, lastStable - back);
    let last: LogRecord | null = null;
    for await (const record of readToEnd(log, at, from)) last = record;
    if (last !== null || from === start) return last;
  }
}
