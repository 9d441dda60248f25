/** A Kafka that asks who comes (SASL PLAIN) and enforces ACLs: one node, in a folder of its own, stopped by the test that started it. */
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
import { readSettings } from '../../src/runtime/settings.js';
import { eventually } from './memory-world.js';

const HEAP = ['-Xms128m', '-Xmx512m'];
const START_MAX_MS = 90_000;

export interface SecuredKafka {
  readonly brokers: readonly string[];
  /** By name; `admin` may do everything, the others what they are given. */
  readonly passwords: Readonly<Record<string, string>>;
  client(user: string): kafkajs.Kafka;
  stop(): Promise<void>;
}

export async function securedKafka(folder: string, user: string): Promise<SecuredKafka> {
  const { cacheFolder, kafkaVersion: version, jarsUrl } = readSettings(process.env);
  const jars = await jarsFolder({ product: 'kafka', version, cacheFolder, jarsUrl, progress: () => {} });
  const java = await findJava();
  const { broker, controller } = await choosePorts(['broker', 'controller'], {});
  const passwords: Record<string, string> = { admin: 'of-admin', [user]: `of-${user}` };
  const users = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`);
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${passwords.admin}" ${users.join(' ')};`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${HOST}:${controller}`,
    listeners: `CLIENT://${HOST}:${broker},CONTROLLER://${HOST}:${controller}`,
    'advertised.listeners': `CLIENT://${HOST}:${broker}`,
    'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.client.plain.sasl.jaas.config': login,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin;User:ANONYMOUS',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'server.properties');
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(config, lines.join(''));
  const options = ['-cp', `${join(jars, '*')}${delimiter}.`];
  const id = `A${randomBytes(16).toString('base64url').slice(1)}`;
  await promisify(execFile)(java, [...options, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', config]);
  const child: ChildProcess = spawn(java, [...HEAP, ...options, 'kafka.Kafka', config], {
    cwd: folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const brokers = [`${HOST}:${broker}`];
  const client = (name: string) =>
    new kafkajs.Kafka({
      brokers,
      logLevel: kafkajs.logLevel.NOTHING,
      sasl: { mechanism: 'plain', username: name, password: passwords[name]! },
      retry: { retries: 2 },
    });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await eventually('the secured Kafka answers', () => isUp(client('admin')), START_MAX_MS);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { brokers, passwords, client, stop };
}

async function isUp(client: kafkajs.Kafka): Promise<boolean> {
  const admin = client.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
