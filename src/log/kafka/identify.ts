/**
 * Topics' ids and numbers of partitions, by Metadata version 10, which kafkajs does not speak: its own answers have no ids, and a
 * topic that was deleted and made anew bears its old name. Brokers since 2.8 give each topic an id for life.
 * Method: kafkajs's connection, queue and framing, with a request and an answer of our own. The version is a "flexible" one: compact
 * lengths (plus one, as unsigned varints), and tagged fields, which begin the body here because kafkajs writes an older header.
 */
import { assert } from '../../error.js';
import type { TopicIdentity } from '../log.js';
import { CODE } from './codes.js';
import { failureOf, Transient } from './retry.js';
import type { KafkaBroker, KafkaProtocol } from './wire.js';

const METADATA_KEY = 3;
const VERSION = 10;
const ID_BYTES = 16;
const NO_ID = Buffer.alloc(ID_BYTES);

export interface IdentityAnswer {
  readonly topics: readonly {
    readonly code: number;
    readonly topic: string;
    readonly id: string | null;
    readonly partitions: number;
  }[];
  /** Read by kafkajs: how long the broker asks this connection to be silent. */
  readonly clientSideThrottleTime: number;
}

/** Those that exist, by name. `id` is null where the broker gives none. Error: Transient while a topic is being made. */
export async function identify(
  broker: KafkaBroker,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicIdentity>> {
  const found = new Map<string, TopicIdentity>();
  if (topics.length === 0) return found;
  for (const { code, topic, id, partitions } of (await ask(broker, topics)).topics) {
    if (code === CODE.unknownTopic) continue;
    if (code === CODE.leaderNotAvailable) throw new Transient(`topic ${topic} is being made`);
    if (code !== CODE.none) throw failureOf(`looking for topic ${topic}`, code, { topic });
    found.set(topic, { id, partitions });
  }
  return found;
}

async function ask(broker: KafkaBroker, topics: readonly string[]): Promise<IdentityAnswer> {
  const { versions } = broker as { versions?: Record<number, { minVersion: number; maxVersion: number }> };
  const spoken = versions?.[METADATA_KEY];
  if (spoken === undefined || VERSION < spoken.minVersion || VERSION > spoken.maxVersion) {
    const { topicMetadata } = await broker.metadata(topics);
    return {
      clientSideThrottleTime: 0,
      topics: topicMetadata.map(({ topicErrorCode: code, topic, partitionMetadata: { length: partitions } }) => {
        return { code, topic, id: null, partitions };
      }),
    };
  }
  const protocol: KafkaProtocol & { request: { apiKey: number; apiName: string } } = {
    request: {
      apiKey: METADATA_KEY,
      apiName: 'Metadata',
      apiVersion: VERSION,
      encode: async () => {
        const buffer = encodeRequest(topics);
        return { buffer, buf: buffer };
      },
    },
    response: { decode: async (bytes) => decodeIdentities(bytes), parse: async (answer) => answer },
  };
  const view = Object.create(broker, { lookupRequest: { value: () => () => protocol } }) as KafkaBroker;
  return (await view.metadata(topics)) as unknown as IdentityAnswer;
}

function encodeRequest(topics: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.of(0), varint(topics.length + 1)];
  for (const topic of topics) {
    const name = Buffer.from(topic);
    parts.push(NO_ID, varint(name.length + 1), name, Buffer.of(0));
  }
  // No topic is made, no rights are listed, no tagged fields.
  return Buffer.concat([...parts, Buffer.of(0, 0, 0, 0)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** @param bytes after the correlation id */
export function decodeIdentities(bytes: Buffer): IdentityAnswer {
  const read = new FlexibleReader(bytes);
  read.tags();
  const clientSideThrottleTime = read.int32();
  read.array(() => {
    read.int32();
    read.text();
    read.int32();
    read.text();
    read.tags();
  });
  read.text(); // Cluster id.
  read.int32(); // Controller.
  const topics = read.array(() => {
    const code = read.int16();
    const topic = read.text();
    const id = read.skip(ID_BYTES);
    read.skip(1);
    const partitions = read.array(() => {
      read.skip(2 + 3 * 4); // Error, number, leader, leader's epoch.
      for (let lists = 0; lists < 3; lists++) read.array(() => read.int32());
      read.tags();
    });
    read.int32(); // Rights.
    read.tags();
    assert(topic !== null, 'a topic that is asked for by name is answered by name');
    return { code, topic, id: id.equals(NO_ID) ? null : id.toString('hex'), partitions: partitions.length };
  });
  return { topics, clientSideThrottleTime };
}

class FlexibleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): Buffer {
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  int16(): number {
    return this.skip(2).readInt16BE();
  }

  int32(): number {
    return this.skip(4).readInt32BE();
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.skip(1)[0]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string | null {
    const length = this.unsigned();
    return length === 0 ? null : this.skip(length - 1).toString('utf8');
  }

  array<T>(one: () => T): T[] {
    return Array.from({ length: Math.max(0, this.unsigned() - 1) }, one);
  }

  /** Of which none is known. */
  tags(): void {
    for (let left = this.unsigned(); left > 0; left--) {
      this.unsigned();
      this.skip(this.unsigned());
    }
  }
}
