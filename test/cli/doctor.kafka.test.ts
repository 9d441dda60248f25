import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { localKafka, type TestKafka } from '../support/kafka.js';
import { eventually } from '../support/memory-world.js';
import { startWorkerProcess } from '../support/worker-process.js';
import { headrace } from './support.js';

/** Its own names: the brokers are shared with the other tests. */
const TOPOLOGY = `
import { count, event, group, schema, topology, view } from 'headrace';
const time = { type: 'long', logicalType: 'timestamp-millis' };
const Call = schema({ type: 'record', name: 'Call', fields: [
  { name: 'call_id', type: 'string' }, { name: 'time', type: time }, { name: 'line', type: 'string' } ] });
const call = event(Call, { topic: 'doctor-calls', id: 'call_id', time: 'time', knownAt: 'time' });
const line = group('line', { version: 1, key: [call.line], features: { calls_1h: count(call, '1h') } });
export default topology('doctored', { views: [view('calls', { version: 1, score: call, groups: [line] })] });
`;
const HOUR_MS = 3_600_000;
/** This client’s request replaces all settings of a topic. */
const STAMPED = { 'message.timestamp.type': 'LogAppendTime' };

let kafka: TestKafka;
let folder: string;
let topology: string;
let env: Record<string, string>;
let admin: kafkajs.Admin;

beforeAll(async () => {
  kafka = await localKafka();
  folder = await mkdtemp(join(tmpdir(), 'headrace-doctor-'));
  topology = join(folder, 'doctored.ts');
  await writeFile(topology, TOPOLOGY);
  env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: kafka.registryUrl,
    HEADRACE_FOLDER: folder,
    HEADRACE_LOG_FILE: join(folder, 'log'),
  };
  admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await admin?.disconnect();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}
async function doctor(more: Record<string, string> = {}): Promise<Report & { code: number }> {
  const { code, stdout, stderr } = await headrace(['doctor', topology, '--json'], { ...env, ...more });
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Report) };
}
const bad = ({ findings }: Report) =>
  findings.filter(({ level, message }) => level !== 'ok' && !message.startsWith('there is one broker'));
const alter = (topic: string, settings: Record<string, string>) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      },
    ],
  });

test('before anything is there: the raw topic is missing', async () => {
  const report = await doctor();
  expect(report.code).toBe(1);
  expect(bad(report)).toEqual([
    { area: 'topics', level: 'error', message: 'doctor-calls: no such raw topic', remedy: expect.any(String) },
  ]);
  expect(report.findings.map(({ message }) => message)).toContain(
    'the brokers have no authorizer: ACLs are not enforced',
  );
  const left = (await admin.listTopics()).filter((topic) => topic.includes('.doctor.'));
  expect(left).toEqual([]);
});

test('a topology that has run is well, until its topics are broken', async () => {
  await writeFile(
    join(folder, 'doctor-calls.ndjson'),
    Array.from(
      { length: 50 },
      (_, i) => `${JSON.stringify({ call_id: `c${i}`, time: Date.UTC(2024, 0, 1) + i, line: 'a' })}\n`,
    ).join(''),
  );
  const loaded = await headrace(['load', topology, '--from', folder, '--create'], env);
  expect(loaded.code, loaded.stderr).toBe(0);
  const worker = startWorkerProcess(topology, env);
  try {
    const vectors = 'doctored.vectors.calls.v1';
    await eventually('vectors are written', async () => {
      const topics = await admin.listTopics();
      if (!topics.includes(vectors)) return false;
      const offsets = await admin.fetchTopicOffsets(vectors).catch(() => []); // its leaders come a little later
      return offsets.reduce((sum, { high }) => sum + Number(high), 0) > 0;
    });
  } finally {
    await worker.stop();
  }
  expect(bad(await doctor())).toEqual([]);

  await alter('doctored.served.calls.v1', { 'cleanup.policy': 'compact', ...STAMPED });
  await alter('doctored.inbox.line.v1', { 'retention.ms': String(HOUR_MS), ...STAMPED });
  await alter('doctor-calls', { 'min.insync.replicas': '2' });
  const broken = await doctor();
  expect(broken.code).toBe(1);
  expect(broken.healthy).toBe(false);
  expect(bad(broken).map(({ level, message }) => `${level} ${message}`)).toEqual([
    'error doctor-calls: min.insync.replicas is 2 with 1 replica: nothing can be written',
    expect.stringMatching(/^error doctored.inbox.line.v1: is kept for 1h, less than what workers go on from/),
    expect.stringMatching(/^error doctored.served.calls.v1: cleanup.policy is compact where delete is needed/),
  ]);
  for (const { remedy } of bad(broken)) expect(remedy).toMatch(/^kafka-configs --alter/);

  // What `admit` has not read is deleted under it.
  await alter('doctor-calls', { 'min.insync.replicas': '1' });
  const more = Array.from({ length: 20 }, (_, i) => ({ call_id: `d${i}`, time: Date.UTC(2024, 0, 2) + i, line: 'a' }));
  await writeFile(join(folder, 'doctor-calls.ndjson'), more.map((row) => `${JSON.stringify(row)}\n`).join(''));
  expect((await headrace(['load', topology, '--from', folder], env)).code).toBe(0);
  const ends = await admin.fetchTopicOffsets('doctor-calls');
  await admin.deleteTopicRecords({
    topic: 'doctor-calls',
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  });
  const taken = bad(await doctor()).filter(({ area }) => area === 'progress');
  expect(taken.length).toBeGreaterThan(0);
  for (const { level, message } of taken) {
    expect(`${level} ${message}`).toMatch(/^error admit doctor-calls\/\d goes on at offset \d+ .* took \d+ offsets/);
  }
});

test('a registry that does not answer, and folders that cannot be written, hide nothing else', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const report = await doctor({
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    HEADRACE_ARTIFACT_FOLDER: join(file, 'artifacts'),
  });
  const messages = bad(report).map(({ area, level }) => `${area} ${level}`);
  expect(messages).toContain('registry error');
  expect(messages).toContain('folders error');
  expect(report.findings.map(({ area }) => area)).toContain('topics');
});
