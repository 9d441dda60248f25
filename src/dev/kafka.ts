/**
 * The local Apache Kafka: one node, broker and controller in one process (KRaft), on loopback only.
 * Its topics never expire unless they say so: events of a demo bear the times of years ago, and Kafka deletes by them.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { HeadraceError } from '../error.js';
import { HOST } from './ports.js';
import { startDetached } from './processes.js';
import type { Launch, Ports, Service } from './service.js';

const HEAP = ['-Xms256m', '-Xmx768m'];
const FORMAT_MAX_MS = 60_000;
const ASK_MAX_MS = 2_000;
const NODE_ID = 1;

const properties = (data: string, ports: Ports): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': NODE_ID,
    'controller.quorum.voters': `${NODE_ID}@${HOST}:${ports.controller}`,
    listeners: `PLAINTEXT://${HOST}:${ports.kafka},CONTROLLER://${HOST}:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${ports.kafka}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data.replaceAll('\\', '/'),
    'auto.create.topics.enable': false,
    'log.retention.ms': -1,
    'log.retention.bytes': -1,
    'log.segment.delete.delay.ms': 1_000,
    // The default would take 128 MB of the heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'offsets.retention.minutes': 60 * 24 * 365,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const logging = (file: string): string => `status = error
shutdownHook = disable
appender.file.type = RollingFile
appender.file.name = FILE
appender.file.fileName = ${file.replaceAll('\\', '/')}
appender.file.filePattern = ${file.replaceAll('\\', '/')}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = FILE
logger.controller.name = org.apache.kafka.controller
logger.controller.level = WARN
`;

const serverLog = (folder: string) => join(folder, 'server.log');
const outputLog = (folder: string) => join(folder, 'output.log');

export const kafka: Service = {
  async start({ java, jars, folder, ports, mark }: Launch): Promise<number> {
    const data = join(folder, 'data');
    const config = join(folder, 'server.properties');
    const log4j = join(folder, 'log4j2.properties');
    mkdirSync(folder, { recursive: true });
    writeFileSync(config, properties(data, ports));
    writeFileSync(log4j, logging(serverLog(folder)));
    const options = [`-Dlog4j2.configurationFile=${log4j}`, '-cp', `${join(jars, '*')}${delimiter}.`];
    if (!existsSync(join(data, 'meta.properties'))) await format(java, options, config);
    return startDetached({
      command: java,
      args: [...HEAP, '-XX:+ExitOnOutOfMemoryError', mark, ...options, 'kafka.Kafka', config],
      cwd: folder,
      output: outputLog(folder),
    });
  },

  async healthy(ports: Ports): Promise<boolean> {
    const { Kafka, logLevel } = (await import('kafkajs')).default;
    const client = new Kafka({
      clientId: 'headrace-up',
      brokers: [`${HOST}:${ports.kafka}`],
      logLevel: logLevel.NOTHING,
      connectionTimeout: ASK_MAX_MS,
      requestTimeout: ASK_MAX_MS,
      retry: { retries: 0 },
    });
    const admin = client.admin();
    try {
      await admin.connect();
      // A broker is listed once its controller has let it in.
      return (await admin.describeCluster()).brokers.length > 0;
    } catch {
      return false;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  },

  logs: (folder) => [serverLog(folder), outputLog(folder)],
};

/** Gives an empty data folder its cluster id. */
async function format(java: string, options: readonly string[], config: string): Promise<void> {
  const cluster = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const args = [
    '-XX:TieredStopAtLevel=1',
    ...options,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    cluster,
    '-c',
    config,
  ];
  await new Promise<void>((done, failed) => {
    execFile(java, [...args], { timeout: FORMAT_MAX_MS }, (cause, stdout, stderr) =>
      cause
        ? failed(
            new HeadraceError(
              'LOCAL_START_FAILED',
              `Kafka could not format its data folder:\n${stdout}${stderr}`.trim(),
              {
                remedy: 'fix-environment',
                cause,
              },
            ),
          )
        : done(),
    );
  });
}
