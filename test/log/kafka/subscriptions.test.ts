import { afterEach, describe, expect, test, vi } from 'vitest';
import { RETRY_MAX_MS } from '../../../src/log/kafka/retry.js';
import { Subscriptions } from '../../../src/log/kafka/subscriptions.js';
import { codeOf, sleep, until } from '../suite/support.js';
import { FakeCluster } from './fake-cluster.js';

let open: Subscriptions | null = null;
afterEach(async () => {
  vi.useRealTimers();
  await open?.close();
  open = null;
});

function reading(cluster: FakeCluster) {
  const subscriptions = new Subscriptions(cluster.brokers());
  open = subscriptions;
  return (topic: string, partition = 0, { offset = 0, eager = true } = {}) => {
    const values: string[] = [];
    const errors: unknown[] = [];
    const state = { values, errors, ready: 0 };
    const take = () => {
      try {
        for (const { value } of subscription.take()?.records ?? []) values.push(value!.toString());
      } catch (error) {
        errors.push(error);
      }
    };
    const subscription = subscriptions.add({ topic, partition, offset }, () => {
      state.ready += 1;
      if (eager) take();
    });
    return Object.assign(state, { subscription, take });
  };
}

describe('a leader', () => {
  test('that moves is followed, without gap or repetition', async () => {
    const cluster = new FakeCluster();
    cluster.topic('t', [1]);
    cluster.append('t', 0, 'a');
    const reader = reading(cluster)('t');
    await until('a', () => reader.values.length === 1);
    for (let i = 0; i < 6; i++) {
      cluster.topics.get('t')![0]!.leader = 1 + ((i + 1) % 2);
      cluster.append('t', 0, `${i}`);
      await until(`${i}`, () => reader.values.length === 2 + i);
    }
    expect(reader.values).toEqual(['a', '0', '1', '2', '3', '4', '5']);
    expect(reader.errors).toEqual([]);
  });

  test('whose connection drops is asked again; the other brokers’ readers do not notice', async () => {
    const cluster = new FakeCluster();
    cluster.topic('t', [1, 2]);
    const read = reading(cluster);
    const [one, two] = [read('t', 0), read('t', 1)];
    await sleep(20);
    cluster.down.add(1);
    cluster.append('t', 0, 'late');
    cluster.append('t', 1, 'now');
    await until('the other goes on', () => two.values.length === 1);
    await sleep(100);
    expect(one.values).toEqual([]);
    cluster.down.delete(1);
    await until('it comes back', () => one.values.length === 1);
    expect(one.errors).toEqual([]);
  });

  test('that stays away is LOG_UNAVAILABLE after a while, and not before', async () => {
    vi.useFakeTimers();
    const cluster = new FakeCluster();
    cluster.topic('t', [1]);
    const reader = reading(cluster)('t');
    await vi.advanceTimersByTimeAsync(100);
    cluster.down.add(1).add(2);
    await vi.advanceTimersByTimeAsync(RETRY_MAX_MS - 1_000);
    expect(reader.errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(reader.errors).toMatchObject([{ code: 'LOG_UNAVAILABLE', remedy: 'retry' }]);
    const connects = cluster.connects;
    expect(connects).toBeLessThan(200);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(cluster.connects).toBe(connects);
  });

  test('that does not exist yet is waited for', async () => {
    const cluster = new FakeCluster();
    cluster.topic('t', [-1]);
    cluster.append('t', 0, 'a');
    const reader = reading(cluster)('t');
    await sleep(50);
    cluster.topics.get('t')![0]!.leader = 2;
    await until('a', () => reader.values.length === 1);
  });
});

describe('one answer', () => {
  test('keeps the errors of its partitions apart', async () => {
    const cluster = new FakeCluster(1);
    cluster.topic('t', [1, 1]);
    cluster.append('t', 0, 'a');
    cluster.append('t', 1, 'b');
    cluster.topics.get('t')![0]!.start = 1;
    const read = reading(cluster);
    const [bad, good] = [read('t', 0), read('t', 1)];
    await until('both', () => bad.errors.length === 1 && good.values.length === 1);
    expect(bad.errors).toMatchObject([{ code: 'OFFSET_OUT_OF_RANGE', details: { offset: 0, start: 1, end: 1 } }]);
    cluster.append('t', 1, 'c');
    await until('the good one goes on', () => good.values.length === 2);
    expect(await codeOf(() => bad.subscription.take())).toBe('OFFSET_OUT_OF_RANGE');
  });

  test('serves all readers of a partition at one offset', async () => {
    const cluster = new FakeCluster(1);
    cluster.topic('t', [1]);
    cluster.append('t', 0, 'a');
    const read = reading(cluster);
    const readers = [read('t'), read('t'), read('t')];
    await until('all', () => readers.every(({ values }) => values.length === 1));
    await sleep(70);
    cluster.fetches.length = 0;
    cluster.append('t', 0, 'b');
    await until('all', () => readers.every(({ values }) => values.length === 2));
    // The poll that was under way served all of them.
    const offsets = cluster.fetches.flatMap(({ request }) => request.topics.flatMap(({ partitions }) => partitions));
    expect(offsets.filter(({ fetchOffset }) => fetchOffset === '1')).toEqual([]);
  });
});

describe('the loop', () => {
  test('does not ask for what is held, and asks in short polls while anything is', async () => {
    const cluster = new FakeCluster(1);
    cluster.topic('t', [1, 1]);
    cluster.append('t', 0, 'a');
    const read = reading(cluster);
    const slow = read('t', 0, { eager: false });
    read('t', 1);
    await until('held', () => slow.ready === 1);
    cluster.fetches.length = 0;
    await sleep(60);
    const asked = cluster.fetches.flatMap(({ request }) => request.topics.flatMap(({ partitions }) => partitions));
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every(({ partition }) => partition === 1)).toBe(true);
    const waits = cluster.fetches.map(({ request }) => request.maxWaitTime);
    expect(waits[0]).toBeLessThan(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(50);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
  });

  test('rests while everything is held, and goes on when something is taken', async () => {
    const cluster = new FakeCluster(1);
    cluster.topic('t', [1]);
    cluster.append('t', 0, 'a');
    const reader = reading(cluster)('t', 0, { eager: false });
    await until('held', () => reader.ready === 1);
    cluster.append('t', 0, 'b');
    const before = cluster.fetches.length;
    await sleep(120);
    expect(cluster.fetches.length).toBe(before);
    reader.take();
    await until('b', () => reader.ready === 2);
    reader.take();
    expect(reader.values).toEqual(['a', 'b']);
  });

  test('lets readers of one partition at different offsets take turns', async () => {
    const cluster = new FakeCluster(1);
    cluster.topic('t', [1]);
    cluster.append('t', 0, ...Array.from({ length: 10 }, (_, i) => `${i}`));
    const read = reading(cluster);
    const readers = [0, 3, 7, 10].map((offset) => ({ offset, ...read('t', 0, { offset }) }));
    await until('those behind are served', () => readers.slice(0, 3).every(({ values }) => values.length > 0));
    cluster.append('t', 0, 'new');
    await until('all are at the end', () => readers.every(({ values }) => values.at(-1) === 'new'));
    for (const { offset, values } of readers) expect(values).toHaveLength(11 - offset);
  });
});
