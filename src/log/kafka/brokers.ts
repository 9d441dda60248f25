/**
 * The brokers of a cluster as one user of connections sees them: who leads a partition, who coordinates a group, and requests
 * to each. Goal: a caller asks, and on `Transient` asks again; what was wrong is forgotten in between.
 * Method: addresses come with every metadata answer; a broker is connected at its first request and dropped at the first error
 * of its connection. Invariant: nothing is remembered of a topic beyond the leaders of its partitions.
 */
import type { HeadraceError } from '../../error.js';
import { closed, nameOf, topicUnknown, unavailable } from '../errors.js';
import type { Partition } from '../log.js';
import type { Connected } from './client.js';
import { CODE, codeName, isTransient } from './codes.js';
import type { Outages } from './outages.js';
import { failureOf, isNamed, Transient, wait } from './retry.js';
import type { KafkaBroker, MetadataAnswer } from './wire.js';

/** A topic that was just created may not be known to every broker yet. */
const UNKNOWN_TOPIC_MAX_MS = 300;
const UNKNOWN_TOPIC_WAIT_MS = 50;
/** A node that is not one: some broker of those that the settings name. */
const ANY = -1;

export const GROUP = 0;
export const TRANSACTION = 1;

interface Address {
  readonly host: string;
  readonly port: number;
}

const addressOf = (broker: string): Address => {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) };
};

const textOf = ({ host, port }: Address): string => `${host}:${port}`;

const same = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;

export class Brokers {
  readonly #connect: (host: string, port: number) => Promise<Connected>;
  readonly #outages: Outages | null;
  readonly #seeds: Address[];
  readonly #addresses = new Map<number, Address>();
  readonly #connections = new Map<number, Promise<Connected>>();
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #coordinators = new Map<string, number>();
  /** Whom the connection to `ANY` reaches. */
  #anyAddress: Address | null = null;
  #closed = false;

  /** @param connect see `connector` */
  constructor(
    connect: (host: string, port: number) => Promise<Connected>,
    seeds: readonly string[],
    outages: Outages | null = null,
  ) {
    this.#connect = connect;
    this.#outages = outages;
    this.#seeds = seeds.map(addressOf);
  }

  /** One request to a node. Errors of the connection drop it, and are `Transient` but for a refused login. */
  async ask<T>(node: number, request: (broker: KafkaBroker) => Promise<T>, lane: 0 | 1 = 0): Promise<T> {
    const connecting = this.#connection(node);
    const address = node === ANY ? this.#anyAddress : this.#addresses.get(node);
    try {
      const connection = await connecting;
      await connection.ready(lane);
      const answer = await request(connection.requests);
      if (address) this.#outages?.answered(textOf(address));
      return answer;
    } catch (cause) {
      if (isNamed(cause) || cause instanceof Transient) throw cause;
      this.#drop(node, connecting);
      const error = connectionError(cause);
      if (address && error instanceof Transient && !this.#closed) this.#outages?.failed(textOf(address), cause);
      throw error;
    }
  }

  /** One request to whichever broker answers. */
  askAny<T>(request: (broker: KafkaBroker) => Promise<T>): Promise<T> {
    const [known] = this.#connections.keys();
    return this.ask(known ?? ANY, request);
  }

  async askCoordinator<T>(type: number, key: string, request: (broker: KafkaBroker) => Promise<T>): Promise<T> {
    const name = `${type} ${key}`;
    let node = this.#coordinators.get(name);
    if (node === undefined) {
      const found = await this.askAny((broker) => broker.findGroupCoordinator({ groupId: key, coordinatorType: type }));
      if (found.errorCode !== CODE.none) throw failureOf(`looking for the coordinator of ${key}`, found.errorCode);
      const { nodeId, host, port } = found.coordinator;
      this.#addresses.set(nodeId, { host, port });
      this.#coordinators.set(name, nodeId);
      node = nodeId;
    }
    try {
      return await this.ask(node, request);
    } catch (error) {
      this.#coordinators.delete(name);
      throw error;
    }
  }

  /** It is no longer, or not yet, the coordinator. */
  forgetCoordinator(type: number, key: string): void {
    this.#coordinators.delete(`${type} ${key}`);
  }

  /** @throws HeadraceError `TOPIC_UNKNOWN`; Transient while there is no leader */
  async leader(at: Partition): Promise<number> {
    let leader = (await this.leaders(at.topic))[at.partition];
    if (leader === undefined) {
      // The topic may have been given more since it was looked up.
      this.forgetTopic(at.topic);
      leader = (await this.leaders(at.topic))[at.partition];
    }
    if (leader === undefined) throw topicUnknown(at.topic, at.partition);
    if (leader < 0) {
      this.forgetTopic(at.topic);
      throw new Transient(`${nameOf(at)} has no leader`);
    }
    return leader;
  }

  /** Node that leads each partition, or −1. Error: `TOPIC_UNKNOWN` */
  async leaders(topic: string): Promise<readonly number[]> {
    const known = this.#leaders.get(topic);
    if (known !== undefined) return known;
    for (const until = Date.now() + UNKNOWN_TOPIC_MAX_MS; ; await wait(UNKNOWN_TOPIC_WAIT_MS)) {
      const leaders = await this.lookUp(topic);
      if (leaders !== null) {
        this.#leaders.set(topic, leaders);
        return leaders;
      }
      if (Date.now() > until) throw topicUnknown(topic);
    }
  }

  /** As `leaders`, asked anew; null where the topic does not exist now. */
  async lookUp(topic: string): Promise<readonly number[] | null> {
    const [found] = (await this.metadata([topic])).topicMetadata;
    const code = found?.topicErrorCode ?? CODE.unknownTopic;
    if (code === CODE.unknownTopic) return null;
    if (code !== CODE.none && code !== CODE.leaderNotAvailable) throw failureOf(`looking for topic ${topic}`, code);
    const leaders: number[] = [];
    for (const { partitionId, leader } of found!.partitionMetadata) leaders[partitionId] = leader;
    return leaders;
  }

  async metadata(topics: readonly string[]): Promise<MetadataAnswer> {
    const answer = await this.askAny((broker) => broker.metadata(topics));
    for (const { nodeId, host, port } of answer.brokers) {
      const before = this.#addresses.get(nodeId);
      if (before !== undefined && !same(before, { host, port })) this.#drop(nodeId);
      this.#addresses.set(nodeId, { host, port });
      this.#recognize(nodeId, { host, port });
    }
    return answer;
  }

  forgetTopic(topic: string): void {
    this.#leaders.delete(topic);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.allSettled(open.map(async (connecting) => (await connecting).end()));
  }

  #connection(node: number): Promise<Connected> {
    if (this.#closed) throw closed('this client of the log');
    const known = this.#connections.get(node);
    if (known !== undefined) return known;
    const address = node === ANY ? this.#nextSeed() : this.#addresses.get(node);
    const connecting =
      address === undefined
        ? Promise.reject(new Transient(`broker ${node} has no address`))
        : this.#connect(address.host, address.port);
    this.#connections.set(node, connecting);
    connecting.catch(() => this.#drop(node, connecting));
    return connecting;
  }

  #nextSeed(): Address {
    const [first, ...rest] = this.#seeds;
    this.#seeds.splice(0, this.#seeds.length, ...rest, first!);
    this.#anyAddress = first!;
    return first!;
  }

  /** The broker that was reached without knowing its number may be this one. */
  #recognize(node: number, address: Address): void {
    const any = this.#connections.get(ANY);
    if (any === undefined || this.#anyAddress === null || !same(this.#anyAddress, address)) return;
    if (this.#connections.has(node)) return;
    this.#connections.delete(ANY);
    this.#connections.set(node, any);
  }

  /** What was learned through it may be wrong as well. */
  #drop(node: number, only?: Promise<Connected>): void {
    const connecting = this.#connections.get(node);
    if (connecting === undefined || (only !== undefined && connecting !== only)) return;
    this.#connections.delete(node);
    for (const [topic, leaders] of this.#leaders)
      if (node === ANY || leaders.includes(node)) this.#leaders.delete(topic);
    for (const [name, coordinator] of this.#coordinators) if (coordinator === node) this.#coordinators.delete(name);
    // Ends by itself once what is on its way has failed or timed out; nobody waits for that.
    connecting.then((connection) => connection.end()).catch(() => undefined);
  }
}

function connectionError(cause: unknown): HeadraceError | Transient | unknown {
  const { name, retriable, code, message } = cause as {
    name?: string;
    retriable?: boolean;
    code?: number;
    message?: string;
  };
  if (typeof name !== 'string' || !name.startsWith('KafkaJS')) return cause;
  const login = name.includes('SASL');
  const lasting = login || (retriable === false && !(typeof code === 'number' && isTransient(code)));
  if (lasting) return unavailable(login ? 'the login to the brokers' : 'a request to the brokers', cause);
  return new Transient(typeof code === 'number' ? codeName(code) : (message ?? name), { cause });
}
