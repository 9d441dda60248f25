/** A cluster of brokers in this process, behind the connections of `Brokers`: for what a healthy broker cannot be asked to do. */
import { Brokers } from '../../../src/log/kafka/brokers.js';
import type { Connected } from '../../../src/log/kafka/client.js';
import type { KafkaBroker } from '../../../src/log/kafka/wire.js';
import { batchBytes } from './wire-bytes.js';

export const NOT_LEADER = 6;
export const UNKNOWN_TOPIC = 3;

interface FakePartition {
  leader: number;
  readonly values: string[];
  start: number;
}
type Fetch = Parameters<KafkaBroker['fetch']>[0];
type Produce = Parameters<KafkaBroker['produce']>[0];

/** As kafkajs throws where a connection fails. */
const connectionError = () =>
  Object.assign(new Error('connect ECONNREFUSED'), { name: 'KafkaJSConnectionError', retriable: true });

export class FakeCluster {
  readonly topics = new Map<string, FakePartition[]>();
  readonly down = new Set<number>();
  readonly fetches: { readonly node: number; readonly request: Fetch }[] = [];
  readonly produces: { readonly node: number; readonly request: Produce }[] = [];
  connects = 0;
  /** Error code of a partition's next writes, in turn. */
  readonly produceCodes = new Map<string, number[]>();
  readonly #nodes: readonly number[];
  #changed: () => void = () => {};

  constructor(nodes = 2) {
    this.#nodes = Array.from({ length: nodes }, (_, i) => i + 1);
  }

  topic(name: string, leaders: readonly number[]): void {
    this.topics.set(
      name,
      leaders.map((leader) => ({ leader, values: [], start: 0 })),
    );
  }

  append(name: string, partition: number, ...values: string[]): void {
    this.topics.get(name)![partition]!.values.push(...values);
    this.#changed();
  }

  /** Node n is at host n. */
  brokers(): Brokers {
    return new Brokers(
      (host) => this.#connect(Number(host)),
      this.#nodes.map((node) => `${node}:9092`),
    );
  }

  async #connect(node: number): Promise<Connected> {
    this.connects += 1;
    if (this.down.has(node)) throw connectionError();
    const alive = () => {
      if (this.down.has(node)) throw connectionError();
    };
    const requests: Partial<KafkaBroker> = {
      metadata: async (topics) => {
        alive();
        return this.#metadata(topics);
      },
      fetch: async (request) => {
        alive();
        this.fetches.push({ node, request });
        const answer = await this.#fetch(node, request, alive);
        return answer;
      },
      produce: async (request) => {
        alive();
        this.produces.push({ node, request });
        return this.#produce(node, request);
      },
      listOffsets: async ({ topics }) => ({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, timestamp }) => {
            const { start, values } = this.topics.get(topic)![partition]!;
            return { partition, errorCode: 0, offset: String(timestamp === -2 ? start : values.length) };
          }),
        })),
      }),
    };
    return { requests: requests as KafkaBroker, ready: async () => alive(), end: async () => {} };
  }

  #metadata(topics: readonly string[]): Awaited<ReturnType<KafkaBroker['metadata']>> {
    const brokers = this.#nodes.map((nodeId) => ({ nodeId, host: String(nodeId), port: 9092 }));
    const topicMetadata = topics.map((topic) => ({
      topic,
      topicErrorCode: this.topics.has(topic) ? 0 : UNKNOWN_TOPIC,
      partitionMetadata: (this.topics.get(topic) ?? []).map(({ leader }, partitionId) => {
        return { partitionErrorCode: 0, partitionId, leader };
      }),
    }));
    return { brokers, controllerId: 1, topicMetadata };
  }

  async #fetch(node: number, request: Fetch, alive: () => void) {
    const look = () => {
      const partitions = request.topics.flatMap(({ topic, partitions: asked }) =>
        asked.map(({ partition, fetchOffset }) => this.#part(node, topic, partition, Number(fetchOffset))),
      );
      return { code: 0, clientSideThrottleTime: 0, partitions };
    };
    const until = performance.now() + request.maxWaitTime;
    for (;;) {
      alive();
      const answer = look();
      const left = until - performance.now();
      if (left <= 0 || answer.partitions.some(({ code, batches }) => code !== 0 || batches.length > 0)) return answer;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.#changed = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  }

  #part(node: number, topic: string, partition: number, offset: number) {
    const found = this.topics.get(topic)?.[partition];
    const part = {
      topic,
      partition,
      aborted: [],
      lastStableOffset: found?.values.length ?? -1,
      highWatermark: found?.values.length ?? -1,
      batches: Buffer.alloc(0),
    };
    if (found === undefined) return { ...part, code: UNKNOWN_TOPIC };
    if (found.leader !== node) return { ...part, code: NOT_LEADER };
    if (offset < found.start || offset > found.values.length) return { ...part, code: 1 };
    const records = found.values.slice(offset).map((value, i) => {
      return { offset: offset + i, timestamp: 0, key: null, value: Buffer.from(value) };
    });
    const last = offset + records.length - 1;
    return {
      ...part,
      code: 0,
      batches: records.length === 0 ? part.batches : batchBytes({ base: offset, last, records }),
    };
  }

  #produce(node: number, { topicData }: Produce): Awaited<ReturnType<KafkaBroker['produce']>> {
    return {
      topics: topicData.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition, messages }) => {
          const found = this.topics.get(topic)?.[partition];
          const scripted = this.produceCodes.get(`${topic} ${partition}`)?.shift() ?? 0;
          const code = found === undefined ? UNKNOWN_TOPIC : found.leader !== node ? NOT_LEADER : scripted;
          if (code !== 0) return { partition, errorCode: code, baseOffset: '-1' };
          const baseOffset = String(found!.values.length);
          this.append(topic, partition, ...messages.map(({ value }) => value!.toString()));
          return { partition, errorCode: 0, baseOffset };
        }),
      })),
    };
  }
}
