/**
 * Two brokers, so that one can be away while the other goes on. The first is the controller too, and has all of Kafka's own topics; a
 * topic's partitions lie where a test puts them, without copies.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import { jarsFolder } from '../../src/dev/jars.js';
import { findJava } from '../../src/dev/java.js';
import { choosePorts, HOST } from '../../src/dev/ports.js';
import { kafkaLog } from '../../src/log/kafka-log.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { readSettings } from '../../src/runtime/settings.js';
import { eventually } from './memory-world.js';

const HEAP = ['-Xms128m', '-Xmx512m'];
const START_MAX_MS = 90_000;

export interface TwoBrokers {
  /** Of the first, which stays. */
  readonly brokers: readonly string[];
  /** @param leaders of the partitions: 1 or 2 */
  createTopic(topic: string, leaders: readonly (1 | 2)[], config?: Readonly<Record<string, string>>): Promise<void>;
  /** Kills the second. */
  kill(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function twoBrokers(folder: string): Promise<TwoBrokers> {
  const { cacheFolder, kafkaVersion: version, jarsUrl } = readSettings(process.env);
  const jars = await jarsFolder({ product: 'kafka', version, cacheFolder, jarsUrl, progress: () => {} });
  const java = await findJava();
  const { first, second, controller } = await choosePorts(['first', 'second', 'controller'], {});
  const ports = { 1: first, 2: second };
  const cluster = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const options = ['-cp', `${join(jars, '*')}${delimiter}.`];
  const children = new Map<1 | 2, ChildProcess>();
  const brokers = [`${HOST}:${first}`];
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 2 } });
  const withAdmin = async <T>(work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> => {
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  };
  const nodes = () => withAdmin(async (admin) => (await admin.describeCluster()).brokers.length).catch(() => 0);

  async function start(node: 1 | 2): Promise<void> {
    const own = join(folder, String(node));
    const config = join(own, 'server.properties');
    const plain = `PLAINTEXT://${HOST}:${ports[node]}`;
    const properties = {
      'process.roles': node === 1 ? 'broker,controller' : 'broker',
      'node.id': node,
      'controller.quorum.voters': `1@${HOST}:${controller}`,
      listeners: node === 1 ? `${plain},CONTROLLER://${HOST}:${controller}` : plain,
      'advertised.listeners': plain,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': join(own, 'data'),
      'auto.create.topics.enable': false,
      'log.retention.ms': -1,
      'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 2,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 2,
      'group.initial.rebalance.delay.ms': 0,
    };
    if (!children.has(node)) {
      mkdirSync(own, { recursive: true });
      const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
      writeFileSync(config, lines.join(''));
      await promisify(execFile)(java, [...options, 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', config]);
    }
    children.set(node, spawn(java, [...HEAP, ...options, 'kafka.Kafka', config], { cwd: own, stdio: 'ignore' }));
    await eventually(`broker ${node} is there`, async () => (await nodes()) >= node, START_MAX_MS);
  }
  async function end(node: 1 | 2, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = children.get(node);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  const stop = async () => {
    await end(2, 'SIGKILL');
    await end(1, 'SIGTERM');
  };
  try {
    await start(1);
    // Kafka's own topics are made when they are first needed: now, so that the first broker has them.
    const log = await kafkaLog({ brokers, clientId: 'two-brokers', logger: silentLogger });
    await log.createTopics([{ topic: 'first', partitions: 1, config: {} }]);
    await (await log.transactional('first')).transaction([{ topic: 'first', partition: 0, value: Buffer.from('x') }]);
    await log.commit('first', 'first', new Map([[0, 1]]));
    await log.close();
    await start(2);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    brokers,
    async createTopic(topic, leaders, config = {}) {
      const replicaAssignment = leaders.map((leader, partition) => ({ partition, replicas: [leader] }));
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await withAdmin((admin) => admin.createTopics({ topics: [{ topic, replicaAssignment, configEntries }] }));
    },
    kill: () => end(2, 'SIGKILL'),
    start: () => start(2),
    stop,
  };
}
