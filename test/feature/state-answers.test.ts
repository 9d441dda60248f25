import { expect, test } from 'vitest';
import { type Standing, StateAnswers } from '../../src/feature/state-answers.js';
import { stateKey } from '../../src/state/entity-key.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore } from '../../src/state/store.js';
import { codeOf, failureOf } from '../log/suite/support.js';
import { flights } from '../support/memory-world.js';

const NOON = Date.UTC(2013, 0, 1, 12);
const DAY_MS = 86_400_000;
const definition = flights();
const prefix = Buffer.from('plane.v1/2\0');

async function opened(store: StateStore = memoryStore()) {
  const group = (await definition).groups.find(({ name }) => name === 'plane')!;
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const answers = new StateAnswers({ topology: 'flights', group, partition: 2, store, prefix, clock });
  answers.open(() => {});
  const later = (ms: number) => {
    now += ms;
  };
  return { answers, group, later };
}

const standing = (
  known: number,
  query: Standing['query'] = async () => ({ features: [], found: false }),
): Standing => ({
  known,
  nextOffset: 7,
  frontier: [
    { topic: 'departures', partition: 1, offset: 5, admittedOffset: 2, mark: -1, away: false },
    { topic: 'departures', partition: 0, offset: 3, admittedOffset: 2, mark: -1, away: false },
    { topic: 'arrivals', partition: 4, offset: 9, admittedOffset: 2, mark: -1, away: false },
  ],
  query,
});

test('features by name, at the greatest known time, with the position as of which they hold', async () => {
  const { answers, group } = await opened();
  const asked = answers.ask({ kind: 'entity', key: 'N1/é', at: null });
  const features = group.features.map((_, i) => (i === 0 ? null : i));
  await answers.answer(() =>
    standing(NOON, async (key, at) => {
      expect([key, at]).toEqual(['N1/é', NOON]);
      return { features, found: true };
    }),
  );
  expect(await asked).toEqual({
    group: 'plane',
    version: 1,
    key: 'N1/é',
    at: '2013-01-01T12:00:00.000Z',
    at_ms: NOON,
    found: true,
    features: Object.fromEntries(group.features.map(({ name }, i) => [name, features[i]])),
    as_of: {
      inbox: 'flights.inbox.plane.v1',
      partition: 2,
      next_offset: 7,
      known: '2013-01-01T12:00:00.000Z',
      known_ms: NOON,
      frontier: [
        { topic: 'arrivals', partition: 4, next_offset: 9 },
        { topic: 'departures', partition: 0, next_offset: 3 },
        { topic: 'departures', partition: 1, next_offset: 5 },
      ],
    },
  });
});

test('a time before known less lateness is refused, and the earliest one named; the future is not', async () => {
  const { answers } = await opened();
  const at = (ms: number) => answers.ask({ kind: 'entity', key: 'a', at: ms });
  const early = failureOf(at(NOON - DAY_MS - 1));
  const others = [NOON - DAY_MS, NOON + DAY_MS].map(at);
  await answers.answer(() => standing(NOON));
  expect(await early).toMatchObject({
    code: 'TIME_TOO_EARLY',
    remedy: 'fix-input',
    message: expect.stringContaining('2012-12-31T12:00:00.000Z'),
    details: { earliest_ms: NOON - DAY_MS },
  });
  expect((await Promise.all(others)).map(({ at_ms }) => at_ms)).toEqual([NOON - DAY_MS, NOON + DAY_MS]);
});

test('before the first row nothing is known', async () => {
  const { answers } = await opened();
  const asked = answers.ask({ kind: 'entity', key: 'a', at: null });
  await answers.answer(() => standing(-1));
  expect(await asked).toMatchObject({ at: null, at_ms: null, found: false, as_of: { known: null, known_ms: null } });
});

test('hottest as counted since it opened, largest as of the checkpoint, whose position is told', async () => {
  const store = memoryStore();
  const { answers, later } = await opened(store);
  const record = (key: string, bytes: number) => ({
    key: stateKey(prefix, key, Buffer.from([0])),
    value: Buffer.alloc(bytes),
  });
  const mark = (inboxOffset: number) => ({
    key: prefix,
    value: Buffer.from(JSON.stringify({ checkpoint: { inboxOffset } })),
  });
  expect(await answers.ask({ kind: 'top', n: 2 })).toMatchObject({
    checkpoint_next_offset: null,
    keys: 0,
    largest: [],
  });
  await store.write([record('a', 1), record('b', 9), record('c', 5), mark(40)]);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'c']) answers.row(key);
  expect(await answers.ask({ kind: 'top', n: 2 })).toMatchObject({ checkpoint_next_offset: null, rows: 6 });
  later(499);
  expect(await answers.ask({ kind: 'top', n: 2 })).toMatchObject({ checkpoint_next_offset: null });
  later(1);
  const found = await answers.ask({ kind: 'top', n: 2 });
  expect(found).toMatchObject({ partition: 2, checkpoint_next_offset: 40, keys: 3, records: 3, rows: 6 });
  expect(found.largest.map(({ key }) => key)).toEqual(['b', 'c']);
  expect(found.hottest).toEqual([
    { key: 'a', rows: 3, rows_at_most: 3 },
    { key: 'c', rows: 2, rows_at_most: 2 },
  ]);
  await answers.close();
  answers.open(() => {});
  expect(await answers.ask({ kind: 'top', n: 2 })).toMatchObject({ rows: 0, hottest: [] });
});

test('many who ask for the largest share one pass, however long it takes; closing ends it', async () => {
  const memory = memoryStore();
  let passes = 0;
  let going: (() => void) | null = null;
  const store: StateStore = {
    ...memory,
    async *iterate(of) {
      passes++;
      await new Promise<void>((done) => {
        going = done;
      });
      yield [of, Buffer.from('{}')] as const;
      yield* memory.iterate(of);
    },
  };
  const { answers, later } = await opened(store);
  const asked = [1, 2, 3].map(() => codeOf(answers.ask({ kind: 'top', n: 1 })));
  await new Promise((turn) => setImmediate(turn));
  later(60_000);
  asked.push(codeOf(answers.ask({ kind: 'top', n: 1 })));
  expect(passes).toBe(1);
  const closing = answers.close();
  going!();
  await closing;
  expect(await Promise.all(asked)).toEqual(Array(4).fill('TASK_NOT_RUNNING'));
  expect(await codeOf(answers.ask({ kind: 'top', n: 1 }))).toBe('TASK_NOT_RUNNING');
  expect(await codeOf(answers.ask({ kind: 'entity', key: 'a', at: null }))).toBe('TASK_NOT_RUNNING');
});
