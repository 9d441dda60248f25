import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readToEnd } from '../../../src/log/log.js';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { connect, fresh, headrace } = memoryBrokers();
const rides = ridesFolder();
afterAll(() => rides.remove());
beforeEach(fresh);

const load = (...args: string[]) =>
  headrace(['load', rides.topology, '--from', rides.data, '--create', ...args], rides.env);
const json = async (...args: string[]) => JSON.parse((await load(...args, '--json')).stdout) as object;
async function records(topic: string): Promise<number> {
  const { log } = await connect();
  const info = await log.describeTopic(topic);
  const at = Array.from({ length: info?.partitions ?? 0 }, (_, partition) => ({ topic, partition }));
  return (await log.offsets(at)).reduce((sum, { lastStable }) => sum + lastStable, 0);
}

test('until a time: what was known before, and a promise of it', async () => {
  // Rides at minutes 0 to 9; their tips half a minute later, but of rides 0 and 5.
  const answer = await json('--until', '2024-01-01T00:10');
  expect(answer).toMatchObject({ sent: 18, ended: false, interrupted: false, known: Date.UTC(2024, 0, 1, 0, 10) - 1 });
  const { stderr } = await load('--until', '2024-01-01T00:10');
  expect(stderr).toContain('loading 100%');
});

test('since a time: what an earlier load left, so that all are sent once', async () => {
  await json('--until', '2024-01-01T00:10');
  const { stderr, stdout } = await load('--since', '2024-01-01T00:10');
  expect(stderr).not.toContain('note:');
  expect(stdout).toContain('Sent 90 events');
  expect(stderr).toContain('loading 100%');
  const { log } = await connect();
  const ids = new Set<string>();
  for (let partition = 0; partition < 4; partition++)
    for await (const { key } of readToEnd(log, { topic: 'rides', partition })) if (key !== null) ids.add(String(key));
  expect(ids.size).toBe(60);
  expect(await json('--since', '2025-01-01')).toMatchObject({ sent: 0 });
  expect((await load('--events', 'tips')).stderr).toMatch(
    /^note: there are events already in tips \(\d+ records\): one that is sent again counts once in features/m,
  );
});

test('some events only', async () => {
  expect(await json('--events', 'tips', '--partitions', '1')).toMatchObject({ sent: 48 });
  const { log } = await connect();
  expect(await log.listTopics()).toEqual(['tips']);
  expect((await load('--events', 'tips,trips')).stderr).toContain('EVENT_UNKNOWN: topology taxi has no event trips');
});

test('files are looked at before topics are created', async () => {
  const none = await headrace(['load', rides.topology, '--from', join(rides.data, 'none'), '--create'], rides.env);
  expect(none.stderr).toContain('FILE_NOT_FOUND');
  const folder = mkdtempSync(join(tmpdir(), 'headrace-load-'));
  try {
    cpSync(join(rides.data, 'rides.ndjson'), join(folder, 'rides.ndjson'));
    const missing = await headrace(['load', rides.topology, '--from', folder, '--create'], rides.env);
    expect(missing.stderr).toContain(`FILE_NOT_FOUND: folder ${folder} has neither tips.parquet nor tips.ndjson`);
    writeFileSync(join(folder, 'tips.ndjson'), '{"tip_id":"t1","time":1}\n');
    const wrong = await headrace(['load', rides.topology, '--from', folder, '--create'], rides.env);
    expect(wrong.stderr).toMatch(/FILE_MALFORMED.*driver/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { log } = await connect();
  expect(await log.listTopics()).toEqual([]);
});

test('recorded events of a topic whose events are known by the broker: too late, and said so', async () => {
  const source = readFileSync(rides.topology, 'utf8');
  const live = join(rides.folder, 'live.ts');
  writeFileSync(live, source.replace("knownAt: 'time', marks: true", "knownAt: 'broker'"));
  const { code, stderr } = await headrace(['load', live, '--from', rides.data, '--create'], rides.env);
  expect(code).toBe(0);
  expect(stderr).toContain(
    "warning: rides begins at 2024-01-01 00:00:00Z, and by knownAt 'broker' its events count as known now: later than the lateness of group driver (1d); scored events that are late get no features. For recorded events let knownAt name a field",
  );
  expect(stderr).not.toContain('tips begins');
  expect((await load('--events', 'rides')).stderr).not.toContain('warning');
});

test('at a rate', async () => {
  const startMs = Date.now();
  expect(await json('--rate', '200')).toMatchObject({ sent: 108 });
  const ms = Date.now() - startMs;
  expect(ms).toBeGreaterThan(400);
  expect(ms).toBeLessThan(5_000);
});

test('Ctrl-C ends between batches, with what was sent, as code 1', async () => {
  const loading = load('--rate', '20', '--marks');
  while ((await records('rides')) === 0) await new Promise((done) => setTimeout(done, 20));
  process.emit('SIGINT');
  const { code, stdout } = await loading;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Interrupted after \d+ events? in/);
  expect(await records('rides')).toBeLessThan(60);
});

test('the end of all and an end in time exclude each other', async () => {
  const { code, stderr } = await load('--marks', '--until', '2024-01-01');
  expect(code).toBe(2);
  expect(stderr).toContain('cannot be used with');
});

const listening = async (commands: number) => {
  while (process.listenerCount('SIGINT') < commands) await new Promise((done) => setTimeout(done, 10));
};

test('tap of a topic without rows says so beside its output', async () => {
  const { log } = await connect();
  for (const topic of ['notes', 'taxi.predictions.fare.v1'])
    await log.createTopics([{ topic, partitions: 2, config: {} }]);
  expect(await headrace(['tap', 'notes'])).toEqual({ code: 0, stdout: '', stderr: 'notes has no rows yet\n' });
  expect((await headrace(['tap', 'notes', '--from', 'end'])).stderr).toBe('notes has no rows from there on\n');
  expect((await headrace(['tap', 'taxi.predictions.fare.v1'])).stderr).toContain(
    'no rows yet: what comes after the first promotion is predicted',
  );
});

test('tap --follow shows what comes, until Ctrl-C or its limit', async () => {
  const { log } = await connect();
  await log.createTopics([{ topic: 'notes', partitions: 2, config: {} }]);
  const producer = await log.producer();
  const note = (partition: number, text: string) =>
    producer.send([{ topic: 'notes', partition, value: Buffer.from(text) }]);
  await note(0, 'old');
  const following = headrace(['tap', 'notes', '--follow', '--limit', '3']);
  await listening(1);
  const fresh = headrace(['tap', 'notes', '--follow', '--from', 'end']);
  await listening(2);
  await new Promise((done) => setTimeout(done, 200));
  await note(1, 'new');
  await note(0, 'newer');
  const texts = ({ stdout }: { stdout: string }) =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { value: { text: string } }).value.text);
  expect(texts(await following)).toEqual(['old', 'new', 'newer']);
  await new Promise((done) => setTimeout(done, 100));
  process.emit('SIGINT');
  expect(texts(await fresh)).toEqual(['new', 'newer']);
});
