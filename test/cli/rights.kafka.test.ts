/**
 * The rights that `headrace doctor` says stages need, on a Kafka that enforces them: what is missing is named, and with those rights
 * and no others all three pipelines run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type AclEntry } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { type Need, needsOf } from '../../src/cli/doctor/rights.js';
import { startWorker } from '../../src/cli/start-worker.js';
import { Codec } from '../../src/codec/avro.js';
import { confluentRegistry } from '../../src/codec/registry.js';
import { PIPELINES } from '../../src/contract/topics.js';
import { kafkaLog } from '../../src/log/kafka-log.js';
import type { Log } from '../../src/log/log.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings } from '../../src/runtime/settings.js';
import { localKafka } from '../support/kafka.js';
import { eventually } from '../support/memory-world.js';
import { predictionsOf, vectorsOf } from '../support/outputs.js';
import { type SecuredKafka, securedKafka } from '../support/secured-kafka.js';
import { headrace } from './support.js';

const USER = 'worker';
const PRINCIPAL = `User:${USER}`;
const T0 = Date.UTC(2024, 0, 1);
const CALLS = 900;
const DAY_MS = 86_400_000;
const TOPOLOGY = `
import { boostedTrees, count, event, group, model, schema, topology, view } from 'headrace';
const time = { type: 'long', logicalType: 'timestamp-millis' };
const record = (name, ...more) => schema({ type: 'record', name, fields: [
  { name: 'call_id', type: 'string' }, { name: 'time', type: time }, { name: 'line', type: 'string' }, ...more ] });
const call = event(record('Call'), { topic: 'rights-calls', id: 'call_id', time: 'time', knownAt: 'time' });
const end = event(record('End', { name: 'busy', type: 'boolean' }), { topic: 'rights-ends', id: 'call_id', time: 'time', knownAt: 'time' });
const line = group('line', { version: 1, key: [call.line, end.line], features: { calls_1h: count(call, '1h'), ends_1h: count(end, '1h') } });
const calls = view('calls', { version: 1, score: call, groups: [line] });
export default topology('rightful', { models: [ model('busy', { view: calls,
  label: { is: end.busy.eq(true), join: [call.call_id, end.call_id], within: '1m', ifNone: 'negative' },
  trainer: boostedTrees({ trees: 5, leaves: 4 }), gates: { auc: { atLeast: 0.1 }, on: '3m', embargo: '1m' }, retrain: { onMessage: true } }) ] });
`;

const folder = mkdtempSync(join(tmpdir(), 'headrace-rights-'));
const topology = join(folder, 'rightful.ts');
let kafka: SecuredKafka;
let registryUrl: string;
let admin: kafkajs.Admin;
let env: Record<string, string>;

beforeAll(async () => {
  writeFileSync(topology, TOPOLOGY);
  ({ registryUrl } = await localKafka());
  kafka = await securedKafka(join(folder, 'kafka'), USER);
  admin = kafka.client('admin').admin();
  await admin.connect();
  env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: registryUrl,
    HEADRACE_SASL_MECHANISM: 'plain',
    HEADRACE_SASL_USERNAME: USER,
    HEADRACE_SASL_PASSWORD: kafka.passwords[USER]!,
    HEADRACE_FOLDER: folder,
    HEADRACE_SNAPSHOT_MS: '1000',
  };
});
afterAll(async () => {
  await admin?.disconnect();
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const { AclOperationTypes: OP, AclResourceTypes: RESOURCE, ResourcePatternTypes: PATTERN } = kafkajs;
const OPERATIONS = {
  Read: OP.READ,
  Write: OP.WRITE,
  Create: OP.CREATE,
  Describe: OP.DESCRIBE,
  DescribeConfigs: OP.DESCRIBE_CONFIGS,
} as const;
const KINDS = { topic: RESOURCE.TOPIC, group: RESOURCE.GROUP, transactionalId: RESOURCE.TRANSACTIONAL_ID } as const;
const entry = (more: Pick<AclEntry, 'resourceType' | 'resourceName' | 'operation'> & Partial<AclEntry>): AclEntry => ({
  resourcePatternType: PATTERN.LITERAL,
  principal: PRINCIPAL,
  host: '*',
  permissionType: kafkajs.AclPermissionTypes.ALLOW,
  ...more,
});
const grant = (needs: readonly Need[]) =>
  admin.createAcls({
    acl: needs.flatMap(({ kind, name, prefix, operations }) =>
      operations.map((operation) =>
        entry({
          resourceType: KINDS[kind],
          resourceName: name,
          operation: OPERATIONS[operation],
          resourcePatternType: prefix ? PATTERN.PREFIXED : PATTERN.LITERAL,
        }),
      ),
    ),
  });
async function rights(): Promise<readonly Finding[]> {
  const { stdout } = await headrace(['doctor', topology, '--json'], env);
  return (JSON.parse(stdout) as { findings: Finding[] }).findings.filter(({ area }) => area === 'rights');
}
const client = (user: string): Promise<Log> =>
  kafkaLog({
    brokers: kafka.brokers,
    clientId: user,
    logger: silentLogger,
    sasl: { mechanism: 'plain', username: user, password: kafka.passwords[user]! },
  });

test('ACLs that are not shown are said so; then each stage that lacks something is named', async () => {
  expect(await rights()).toEqual([
    {
      area: 'rights',
      level: 'warning',
      message: expect.stringMatching(/do not show their ACLs/),
      remedy: expect.any(String),
    },
  ]);
  await admin.createAcls({
    acl: [entry({ resourceType: RESOURCE.CLUSTER, resourceName: 'kafka-cluster', operation: OP.DESCRIBE })],
  });
  await eventually('the right is there', async () => (await rights()).length > 1);
  const lacking = await rights();
  expect(lacking.map(({ level }) => level)).toEqual(lacking.map(() => 'error'));
  const stages = lacking.map(({ message }) => /lacks what (\w+) needs/.exec(message)?.[1]);
  expect(stages).toEqual(['start', 'admit', 'route', 'compute', 'serve', 'snapshot', 'train']);
  const admit = lacking[1]!;
  expect(admit.message).toContain('Read on topic rights-calls');
  expect(admit.remedy).toContain(`--allow-principal ${PRINCIPAL} --operation Read --topic rights-calls`);
});

test('with the rights that are said to be needed, and no others, all three pipelines run', async () => {
  const definition = await loadTopology(topology);
  await grant(needsOf(definition));
  await eventually('the rights are there', async () => (await rights()).every(({ level }) => level === 'ok'));

  const codec = new Codec(confluentRegistry(registryUrl));
  const user = await client('admin');
  const producer = await user.producer();
  const send = async (topic: string, rows: readonly { time: number; [field: string]: unknown }[]) => {
    await user.createTopics([{ topic, partitions: 2, config: { 'retention.ms': '-1' } }]);
    const { schema } = definition.events.find((event) => event.topic === topic)!;
    const writer = await codec.writer(topic, schema, { wide: true });
    await producer.send(rows.map((row, i) => ({ topic, partition: i % 2, value: writer.encode(row) })));
  };
  const calls = Array.from({ length: CALLS }, (_, i) => ({ call_id: `c${i}`, time: T0 + i * 1000, line: `l${i % 3}` }));
  await send('rights-calls', calls);
  await send(
    'rights-ends',
    calls.map((call, i) => ({ ...call, time: call.time + 10_000, busy: i % 4 === 0 })),
  );
  const log = await client(USER);
  const io = { log, codec: new Codec(confluentRegistry(registryUrl)), clock: systemClock, logger: silentLogger };
  const worker = await startWorker(definition, PIPELINES, { ...io, settings: readSettings(env) });
  try {
    await eventually('all vectors are there', async () => (await vectorsOf(definition, user, codec)).length >= CALLS);
    // A training run reads and writes what no other stage does.
    const trained = await headrace(['train', topology, '--wait', '--json'], {
      ...env,
      HEADRACE_SASL_USERNAME: 'admin',
      HEADRACE_SASL_PASSWORD: kafka.passwords.admin!,
    });
    expect(JSON.parse(trained.stdout)).toMatchObject({ outcome: 'promoted', version: 1 });
    await send(
      'rights-calls',
      Array.from({ length: 20 }, (_, i) => ({ call_id: `d${i}`, time: T0 + DAY_MS + i, line: 'l0' })),
    );
    await eventually(
      'later calls are predicted',
      async () => (await predictionsOf(definition, user, codec)).length >= 20,
    );
    const bad = worker.status().filter(({ because }) => because !== null);
    expect(bad).toEqual([]);
  } finally {
    await worker.stop();
    await log.close();
    await producer.close();
    await user.close();
  }
});
