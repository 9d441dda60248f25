/**
 * `headrace deadletters` as an operator runs it: the built program, on the real Kafka, by filter, after a dry run, at most so many, each
 * record so often and no oftener; and killed in the middle, each record is sent again once all the same.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deadLettersTopic } from '../../src/contract/topics.js';
import { REDRIVE_ATTEMPT, REDRIVE_POSITION } from '../../src/feature/dead-letter.js';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import { type LogRecord, readToEnd } from '../../src/log/log.js';
import { silentLogger } from '../../src/runtime/ports.js';
import { localKafka } from '../support/kafka.js';
import { eventually, projectFile } from '../support/memory-world.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const MAIN = projectFile('dist/cli/main.js');
/** Six transactions of a redrive. */
const MANY = 3_000;
const name = `letters${Date.now().toString(36)}`;
const raw = `${name}-notes`;
const TOPOLOGY = `
import { count, event, group, schema, topology, view } from 'headrace';
const Note = schema({ type: 'record', name: 'Note', fields: [
  { name: 'id', type: 'string' }, { name: 'time', type: 'long' }, { name: 'writer', type: 'string' }] });
const note = event(Note, { topic: '${raw}', id: 'id', time: 'time', knownAt: 'time' });
const writer = group('writer', { version: 1, key: [note.writer], features: { notes: count(note, '1h') } });
export default topology('${name}', { views: [view('notes', { version: 1, score: note, groups: [writer] })] });
`;

const folder = mkdtempSync(join(tmpdir(), 'headrace-letters-'));
const path = join(folder, 'topology.ts');
let env: Record<string, string>;
let log: KafkaLog;
let worker: WorkerProcess | null = null;

beforeAll(async () => {
  const { brokers, registryUrl } = await localKafka();
  log = await kafkaLog({ brokers: [...brokers], clientId: name, logger: silentLogger });
  env = {
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registryUrl,
    HEADRACE_FOLDER: folder,
    HEADRACE_LOG_FILE: join(folder, 'log'),
    HEADRACE_BAD_SHARE_MAX: '1',
  };
  writeFileSync(path, TOPOLOGY);
  await log.createTopics([{ topic: raw, partitions: 1, config: { 'retention.ms': '-1' } }]);
  const tooLarge = Buffer.alloc(600_000, 'x');
  const texts = (count: number) => Array.from({ length: count }, (_, i) => Buffer.from(`text ${i}`));
  const producer = await log.producer();
  await producer.send([...texts(6), tooLarge].map((value) => ({ topic: raw, partition: 0, value })));
  await producer.close();
});
afterAll(async () => {
  await worker?.stop();
  await log?.close();
  rmSync(folder, { recursive: true, force: true });
});

const args = (command: readonly string[]) => [MAIN, 'deadletters', command[0]!, path, ...command.slice(1)];
async function run(...command: string[]): Promise<string> {
  return new Promise((done, failed) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, args(command), options, (error, stdout) =>
      error === null ? done(stdout) : failed(error),
    );
  });
}
const json = async (...command: string[]) => JSON.parse(await run(...command, '--json'));
const recordsOf = async (topic: string, from = 0): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const record of readToEnd(log, { topic, partition: 0 }, from)) records.push(record);
  return records;
};
const end = async () => (await log.offsets([{ topic: raw, partition: 0 }]))[0]!.lastStable;
const header = ({ headers }: LogRecord, of: string) => headers[of]?.toString();

/** Letters of everything that is in the raw topic, by a worker that is stopped then. */
async function judged(count: number): Promise<void> {
  worker = startWorkerProcess(path, env);
  const letters = async () => {
    const topic = deadLettersTopic(name, raw);
    if ((await log.describeTopic(topic)) === null) return 0;
    return (await recordsOf(topic)).filter((record) => header(record, '__headrace.errors.exception') !== undefined)
      .length;
  };
  await eventually(`${count} letters are there`, async () => (await letters()) === count);
  await worker.stop();
  worker = null;
}

test('list, show and redrive: by filter, after a dry run, at most so many, each so often', async () => {
  await judged(7);
  expect(await json('list')).toMatchObject({
    total: 7,
    errors: [
      { code: 'RECORD_UNREADABLE', count: 6 },
      { code: 'RECORD_TOO_LARGE', count: 1 },
    ],
  });
  expect((await json('list', '--error', 'RECORD_TOO_LARGE')).letters).toMatchObject([{ offset: 6, stage: 'admit' }]);
  expect(await run('show', raw, '0', '2')).toContain('"text": "text 2"');

  const filter = ['redrive', '--error', 'RECORD_UNREADABLE', '--max-attempts', '2'];
  expect(await json(...filter, '--max', '4', '--dry-run')).toMatchObject({ redriven: 4, skipped: { beyondMax: 2 } });
  expect(await end()).toBe(7);
  expect(await json(...filter, '--max', '4')).toMatchObject({ redriven: 4, byError: { RECORD_UNREADABLE: 4 } });
  expect(await json(...filter)).toMatchObject({ redriven: 2, skipped: { redrivenBefore: 4 } });
  expect(await json(...filter)).toMatchObject({ redriven: 0, skipped: { redrivenBefore: 6 } });
  const again = await recordsOf(raw, 7);
  expect(
    again.map((record) => [String(record.value), header(record, REDRIVE_ATTEMPT), header(record, REDRIVE_POSITION)]),
  ).toEqual(Array.from({ length: 6 }, (_, i) => [`text ${i}`, '1', `${raw}/0/${i}`]));
  // Refused again, and again: then it has been enough.
  await judged(13);
  expect(await json(...filter)).toMatchObject({ redriven: 6, skipped: { redrivenBefore: 6 } });
  await judged(19);
  expect(await json(...filter)).toMatchObject({ redriven: 0, skipped: { redrivenBefore: 12, attemptsUsedUp: 6 } });
});

test('killed between its transactions: run again it sends what is left, and nothing twice', async () => {
  const from = await end();
  const producer = await log.producer();
  const many = Array.from({ length: MANY }, (_, i) => ({ topic: raw, partition: 0, value: Buffer.from(`more ${i}`) }));
  await producer.send(many);
  await producer.close();
  await judged(19 + MANY);
  const before = await end();

  const all = ['redrive', '--max', String(2 * MANY), '--max-attempts', '1'];
  const child = spawn(process.execPath, args(all), { env: { ...process.env, ...env }, stdio: 'ignore' });
  const ended = once(child, 'exit');
  while ((await end()) === before && child.exitCode === null) await new Promise((done) => setTimeout(done, 1));
  child.kill('SIGKILL');
  await ended;
  const rest = await json(...all);
  expect(rest.redriven).toBeGreaterThan(0);
  expect(await json(...all)).toMatchObject({ redriven: 0 });
  const positions = (await recordsOf(raw, before)).map((record) => header(record, REDRIVE_POSITION));
  const own = positions.filter((position) => Number(position!.split('/').at(-1)) >= from);
  expect(own).toHaveLength(MANY);
  expect(new Set(own).size).toBe(MANY);
});
