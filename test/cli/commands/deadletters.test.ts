/** What people do with dead letters, on a log in memory with what `admit` would have written. */
import { beforeEach, expect, test } from 'vitest';
import { deadLettersTopic, ownTopics } from '../../../src/contract/topics.js';
import { HeadraceError } from '../../../src/error.js';
import { deadLetter } from '../../../src/feature/dead-letter.js';
import { type LogRecord, readToEnd } from '../../../src/log/log.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import { memoryBrokers } from '../memory.js';

const FILE = 'topology/flights.ts';
const flights = await loadTopology(FILE);
// Each of some fifty commands would compile the file anew.
const { connect, fresh, headrace } = memoryBrokers({ loadTopology: async () => flights });
const LETTERS = deadLettersTopic('flights', 'departures');
const run = (...args: string[]) => headrace(['deadletters', ...args]);
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

beforeEach(async () => {
  fresh();
  const { log } = await connect();
  const raw = flights.events.map(({ topic }) => ({ topic, partitions: 2, config: {} }));
  // Of Headrace's own making it has the time of the append; here `at` is to be chosen.
  const letters = { topic: LETTERS, partitions: 2, config: {} };
  await log.createTopics([letters, ...raw, ...ownTopics(flights, { departures: 2, arrivals: 2, weather: 2 })]);
});

interface Refused {
  readonly code?: string;
  readonly stage?: string;
  readonly at?: number;
  readonly value?: Buffer | null;
  readonly headers?: LogRecord['headers'];
}

/** As `admit` refuses the raw record of that offset of partition 1. */
async function refuse(offset: number, { code = 'RECORD_UNREADABLE', ...more }: Refused = {}, topic = 'departures') {
  const { log } = await connect();
  const { stage = 'admit', at = 1000 + offset, value = Buffer.from([0, 1]), headers = {} } = more;
  const record = { offset, timestamp: 500 + offset, key: Buffer.from('k'), value, headers };
  const error = new HeadraceError(code, 'it ends too early', { remedy: 'fix-input' });
  const letter = deadLetter(deadLettersTopic('flights', topic), topic, 1, record, stage, error);
  await (await log.producer()).send([{ ...letter, timestamp: at }]);
}

async function records(topic: string, partition = 1): Promise<LogRecord[]> {
  const { log } = await connect();
  const found: LogRecord[] = [];
  for await (const record of readToEnd(log, { topic, partition })) found.push(record);
  return found;
}

const texts = ({ headers }: LogRecord) =>
  Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]));

test('list: newest first, each raw position once, with where it stands and why, and counts by error', async () => {
  expect((await run('list', FILE)).stdout).toContain('No dead letters of departures, arrivals, weather.');
  for (const offset of [3, 4, 4]) await refuse(offset);
  await refuse(5, { code: 'EVENT_WITHOUT_ID' });
  await refuse(9);
  const found = await json('list', FILE);
  expect(found.letters.map(({ offset }: { offset: number }) => offset)).toEqual([9, 5, 4, 3]);
  expect(found).toMatchObject({
    total: 4,
    errors: [
      { code: 'RECORD_UNREADABLE', count: 3 },
      { code: 'EVENT_WITHOUT_ID', count: 1 },
    ],
  });
  const { stdout } = await run('list', FILE, '--limit', '1');
  expect(stdout).toMatch(/departures\/1 +9 +1970-[\d-]+ [\d:.]+Z +admit +- +RECORD_UNREADABLE +it ends too early/);
  expect(stdout).toContain('4 dead letters; 1 are listed, more with --limit.');
  expect(stdout).toMatch(/RECORD_UNREADABLE +3\nEVENT_WITHOUT_ID +1/);
  const tap = await headrace(['tap', LETTERS, '--limit', '1']);
  expect(JSON.parse(tap.stdout)).toMatchObject({
    key: 'k',
    headers: { '__headrace.errors.exception': 'RECORD_UNREADABLE', '__headrace.errors.offset': '3' },
    value: { base64: 'AAE=' },
  });
});

test('list: by topic, stage, error and time', async () => {
  for (const offset of [1, 2, 3]) await refuse(offset, { at: offset * 1000 });
  await refuse(4, { code: 'EVENT_WITHOUT_ID', at: 4000 });
  await refuse(5, { stage: 'compute', at: 5000 });
  await refuse(6, {}, 'arrivals');
  const offsets = async (...args: string[]) =>
    (await json('list', FILE, ...args)).letters.map((letter: { offset: number }) => letter.offset);
  expect(await offsets()).toEqual([6, 5, 4, 3, 2, 1]);
  expect(await offsets('--topic', 'arrivals')).toEqual([6]);
  expect(await offsets('--stage', 'compute')).toEqual([5]);
  expect(await offsets('--error', 'EVENT_WITHOUT_ID')).toEqual([4]);
  expect(await offsets('--since', '1970-01-01T00:00:02', '--until', '1970-01-01T00:00:04')).toEqual([3, 2]);
  expect((await run('list', FILE, '--topic', 'weather')).stdout).toContain('No dead letters of weather.');
  expect((await run('list', FILE, '--topic', 'x')).stderr).toContain('EVENT_UNKNOWN: topology flights has no event x');
});

test('show: decoded where that is possible, else as bytes, with key, headers, error and stack', async () => {
  const { codec } = await connect();
  const event = flights.events.find(({ topic }) => topic === 'weather')!;
  const writer = await codec.writer<Record<string, unknown>>('weather', event.schema, { wide: true });
  const none = Object.fromEntries(event.schema.fields.map(({ name }) => [name, null]));
  const value = writer.encode({ ...none, origin: 'EWR', time: 99 });
  await refuse(3, { value, headers: { trace: Buffer.from('t1') } });
  await refuse(4, { value: Buffer.from('{"json":1}') });
  await refuse(5, { value: Buffer.alloc(950_000) });
  const shown = await json('show', FILE, 'departures', '1', '3');
  expect(shown).toMatchObject({
    topic: 'departures',
    partition: 1,
    offset: 3,
    timestamp: 503,
    key: 'k',
    headers: { trace: 't1' },
    value: { origin: 'EWR', time: 99 },
    code: 'RECORD_UNREADABLE',
    redriven: null,
  });
  expect(Buffer.from(shown.valueBase64, 'base64')).toEqual(value);
  const { stdout } = await run('show', FILE, 'departures', '1', '4');
  expect(stdout).toContain('departures/1 offset 4, 1970-01-01 00:00:00.504Z');
  expect(stdout).toContain('RECORD_UNREADABLE: it ends too early');
  expect(stdout).toContain('value (10 bytes): {\n  "text": "{\\"json\\":1}"\n}');
  expect(stdout).toContain('deadletters.test.ts');
  expect((await run('show', FILE, 'departures', '1', '5')).stdout).toContain(
    'value (950000 bytes): not kept; see the raw topic',
  );
  const unknown = await run('show', FILE, 'departures', '1', '7');
  expect(unknown.stderr).toContain('DEAD_LETTER_UNKNOWN: flights.deadletters.departures.v1 holds no dead letter of');
  expect((await run('show', FILE, 'departures', '9', '7')).stderr).toContain('DEAD_LETTER_UNKNOWN');
});

test('redrive: the original record goes to its raw partition again, with its attempt and first position', async () => {
  await refuse(3, { headers: { trace: Buffer.from('t1') } });
  const { stdout } = await run('redrive', FILE);
  expect(stdout).toBe('1 dead letter (1 RECORD_UNREADABLE) sent again.\n');
  const [again, ...more] = await records('departures');
  expect(more).toEqual([]);
  expect(again).toMatchObject({ key: Buffer.from('k'), value: Buffer.from([0, 1]), timestamp: 503 });
  expect(texts(again!)).toEqual({
    trace: 't1',
    'headrace-redrive-attempt': '1',
    'headrace-redrive-position': 'departures/1/3',
  });
  expect((await run('list', FILE)).stdout).toMatch(/departures\/1 +3 .* admit +yes +RECORD_UNREADABLE/);
  expect((await run('show', FILE, 'departures', '1', '3')).stdout).toContain('sent again (attempt 1)');
});

test('redrive: a second time sends nothing, unless it is asked to', async () => {
  for (const offset of [3, 4]) await refuse(offset);
  await run('redrive', FILE);
  await refuse(5);
  const second = await json('redrive', FILE);
  expect(second).toMatchObject({ redriven: 1, skipped: { redrivenBefore: 2 } });
  expect((await run('redrive', FILE)).stdout).toBe(
    '0 dead letters sent again.\n  left out: 3 sent again before (--again sends them once more)\n',
  );
  expect(await json('redrive', FILE, '--again')).toMatchObject({ redriven: 3 });
  expect((await records('departures')).map((record) => texts(record)['headrace-redrive-attempt'])).toEqual([
    '1',
    '1',
    '1',
    '2',
    '2',
    '2',
  ]);
});

test('redrive: attempts are counted through letters of what was sent again, and end', async () => {
  await refuse(0);
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(await json('redrive', FILE)).toMatchObject({ redriven: 1 });
    const last = (await records('departures')).at(-1)!;
    expect(texts(last)).toEqual({
      'headrace-redrive-attempt': `${attempt}`,
      'headrace-redrive-position': 'departures/1/0',
    });
    // Refused once more, at its new position.
    await refuse(100 + last.offset, { headers: last.headers, at: 5000 + attempt });
  }
  expect(await json('redrive', FILE)).toMatchObject({ redriven: 0, skipped: { attemptsUsedUp: 1, redrivenBefore: 3 } });
  expect(await json('redrive', FILE, '--again')).toMatchObject({ redriven: 2, skipped: { attemptsUsedUp: 2 } });
  expect(await json('redrive', FILE, '--max-attempts', '4')).toMatchObject({ redriven: 1 });
});

test('redrive: a dry run says what would be sent; the rest waits for the next', async () => {
  for (let offset = 0; offset < 7; offset++) await refuse(offset, { code: offset % 2 ? 'A_CODE' : 'B_CODE' });
  const { stdout } = await run('redrive', FILE, '--dry-run', '--max', '5', '--error', 'B_CODE');
  expect(stdout).toBe('4 dead letters (4 B_CODE) would be sent again.\n');
  expect(await records('departures')).toEqual([]);
  expect(await json('redrive', FILE, '--dry-run', '--max', '2')).toMatchObject({
    redriven: 2,
    skipped: { beyondMax: 5 },
  });
  expect((await run('redrive', FILE, '--max', '5')).stdout).toContain('left out: 2 beyond --max 5');
  expect(await json('redrive', FILE, '--max', '5')).toMatchObject({ redriven: 2, skipped: { redrivenBefore: 5 } });
  expect(await records('departures')).toHaveLength(7);
});

test('redrive: what was too large to be kept is left out and counted', async () => {
  await refuse(0, { value: Buffer.alloc(950_000) });
  expect(await json('redrive', FILE)).toMatchObject({ redriven: 0, skipped: { withheld: 1 } });
});

test('redrive: more than a transaction holds goes in several; one that breaks off is continued, and nothing is sent twice', async () => {
  const { log } = await connect();
  const { redrive } = await import('../../../src/cli/dead-letters-redrive.js');
  for (let offset = 0; offset < 1_200; offset++) await refuse(offset);
  const options = { dryRun: false, max: 2_000, attemptsMax: 3, again: false };
  let transactions = 0;
  const breaking = {
    ...log,
    transactional: async (id: string) => {
      const producer = await log.transactional(id);
      return {
        ...producer,
        transaction: async (batch: Parameters<typeof producer.transaction>[0]) => {
          if (++transactions === 2) throw new HeadraceError('LOG_UNAVAILABLE', 'gone', { remedy: 'retry' });
          return producer.transaction(batch);
        },
      };
    },
  };
  await expect(redrive(breaking, 'flights', ['departures'], options)).rejects.toThrow('gone');
  expect(await redrive(log, 'flights', ['departures'], options)).toMatchObject({
    redriven: 700,
    skipped: { redrivenBefore: 500 },
  });
  const positions = (await records('departures')).map((record) => texts(record)['headrace-redrive-position']);
  expect(positions).toEqual(Array.from({ length: 1_200 }, (_, offset) => `departures/1/${offset}`));
});

test('redrive: of two at once the first is fenced', async () => {
  const { log } = await connect();
  await refuse(0);
  const first = await log.transactional('flights.redrive');
  expect(await json('redrive', FILE)).toMatchObject({ redriven: 1 });
  await expect(first.transaction([{ topic: 'departures', partition: 0, value: null }])).rejects.toMatchObject({
    code: 'PRODUCER_FENCED',
  });
});
