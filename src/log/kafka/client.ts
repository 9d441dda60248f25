/**
 * kafkajs, as far as it is used: its connections (TLS, login, framing) and its requests.
 * Two of its habits are put right here. Its request queue wakes every millisecond for ever once a connection has answered
 * (tulios/kafkajs#1556, #1704). And it throws an answer's first error for the whole answer: `unparsed` gives a view of a broker
 * whose answers come as they are, with an error per partition. Records are encoded and decoded here.
 */
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import { HeadraceError } from '../../error.js';
import { decodeFetchAnswer, FETCH_VERSION_MAX, FETCH_VERSION_MIN } from './fetch-answer.js';
import {
  encodeProduceRequest,
  PRODUCE_VERSION_MAX,
  PRODUCE_VERSION_MIN,
  type ProduceRequest,
} from './produce-request.js';
import type { KafkaBroker, KafkaProtocol } from './wire.js';

const PRODUCE_KEY = 0;
const FETCH_KEY = 1;
export const CONNECT_MAX_MS = 5_000;
/** An answer that takes longer does not come. */
export const REQUEST_MAX_MS = 15_000;

/** Structured lines: fields first, message second. */
export interface LineLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface KafkaLogOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean;
  /** PEM file of the authority that signed the brokers' certificates. */
  readonly sslCaFile?: string | null;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** How long a member may be silent before its partitions go to others; also the time-out of transactions. */
  readonly sessionTimeoutMs?: number;
  readonly logger?: LineLogger;
}

export function kafkajsClient(options: KafkaLogOptions): kafkajs.Kafka {
  const { brokers, clientId, ssl = false, sslCaFile = null, sasl = null, logger } = options;
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    ssl: ssl && sslCaFile !== null ? { ca: [readFileSync(sslCaFile)] } : ssl,
    ...(sasl === null ? {} : { sasl: sasl as kafkajs.SASLOptions }),
    connectionTimeout: CONNECT_MAX_MS,
    requestTimeout: REQUEST_MAX_MS,
    logLevel: logger === undefined ? kafkajs.logLevel.NOTHING : kafkajs.logLevel.WARN,
    logCreator: () => {
      // What it calls an error is tried again by who asked, or thrown; outages are told by `outages.ts`.
      return ({ namespace, log: { message, timestamp: _, ...fields } }) =>
        logger?.debug({ ...fields, kafkajs: namespace }, message);
    },
  });
}

interface ConnectionPool {
  readonly pool: readonly { isConnected(): boolean; readonly requestQueue: RequestQueue }[];
  getConnection(index: number): Promise<unknown>;
}
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}
interface Cluster {
  readonly connectionPoolBuilder: { build(at: { host: string; port: number }): Promise<ConnectionPool> };
  readonly brokerPool: { createBroker(options: { connectionPool: ConnectionPool; logger: unknown }): PooledBroker };
  readonly rootLogger: unknown;
}
interface PooledBroker extends KafkaBroker {
  readonly connectionPool: ConnectionPool;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  lookupRequest(apiKey: number, definition: unknown): (options: unknown) => KafkaProtocol;
}

/** One broker, with a connection for fetches and one for everything else. */
export interface Connected {
  /** Its requests; answers are unparsed. */
  readonly requests: KafkaBroker;
  /** Connects what is not connected. `lane`: 0 for all requests but fetches, which have lane 1. */
  ready(lane: 0 | 1): Promise<void>;
  /** Ends the connections; what is on its way fails. */
  end(): Promise<void>;
}

/** How to connect to a broker by its address; kafkajs gives its cluster to nobody but an assigner's factory. */
export function connector(kafka: kafkajs.Kafka): (host: string, port: number) => Promise<Connected> {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId: 'headrace',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster as unknown as Cluster;
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  const { connectionPoolBuilder, brokerPool, rootLogger } = cluster ?? unknownKafkajs();
  return async (host, port) => {
    const connectionPool = await connectionPoolBuilder.build({ host, port });
    calm(connectionPool.pool[0]!.requestQueue);
    const broker = brokerPool.createBroker({ connectionPool, logger: rootLogger });
    await broker.connect();
    const connecting: (Promise<unknown> | null)[] = [null, null];
    return {
      requests: unparsed(broker),
      async ready(lane) {
        // kafkajs opens a second socket, and loses the first, where two requests find a lane unconnected.
        while (connecting[lane] != null) await connecting[lane];
        if (connectionPool.pool[lane]!.isConnected()) return;
        const mine = connectionPool.getConnection(lane);
        connecting[lane] = mine;
        try {
          await mine;
        } finally {
          connecting[lane] = null;
        }
      },
      end: () => broker.disconnect(),
    };
  };
}

/** The queue asks to be looked after only where something waits in it. */
function calm(queue: RequestQueue): void {
  const prototype = Object.getPrototypeOf(queue) as { scheduleCheckPendingRequests?: (() => void) & { calm?: true } };
  const original = prototype.scheduleCheckPendingRequests;
  if (original === undefined || original.calm) return;
  const calmed: typeof original = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this);
  };
  calmed.calm = true;
  prototype.scheduleCheckPendingRequests = calmed;
}

function unparsed(broker: PooledBroker): KafkaBroker {
  const lookupRequest: PooledBroker['lookupRequest'] = (apiKey, definition) => {
    const protocolOf = broker.lookupRequest(apiKey, definition);
    return (options) => {
      const protocol = protocolOf(options);
      const { request, response } = protocol;
      const version = request.apiVersion;
      const parse = async (answer: unknown) => answer;
      if (apiKey === PRODUCE_KEY) {
        if (!(version >= PRODUCE_VERSION_MIN && version <= PRODUCE_VERSION_MAX)) unknownKafkajs();
        const encode = async () => {
          const buffer = encodeProduceRequest(options as ProduceRequest);
          return { buffer, buf: buffer };
        };
        return { ...protocol, request: { ...request, encode }, response: { decode: response.decode, parse } };
      }
      if (apiKey === FETCH_KEY) {
        if (!(version >= FETCH_VERSION_MIN && version <= FETCH_VERSION_MAX)) unknownKafkajs();
        const decode = async (bytes: Buffer) => decodeFetchAnswer(bytes, version);
        return { ...protocol, response: { decode, parse } };
      }
      return { ...protocol, response: { decode: response.decode, parse } };
    };
  };
  return Object.create(broker, { lookupRequest: { value: lookupRequest } }) as KafkaBroker;
}

function unknownKafkajs(): never {
  throw new HeadraceError(
    'LOG_UNAVAILABLE',
    'this version of kafkajs, or of the brokers, is not one that Headrace knows',
    {
      remedy: 'fix-environment',
    },
  );
}
