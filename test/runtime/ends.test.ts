import { expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory-log.js';
import { Ends } from '../../src/runtime/ends.js';
import { Lag } from '../../src/runtime/lag.js';

const at = { topic: 'calls', partition: 0 };

test('the lag of a reader that stands still grows with its partition', async () => {
  const log = memoryLog();
  await log.createTopics([{ topic: 'calls', partitions: 1, config: {} }]);
  const producer = await log.producer();
  const send = (count: number) =>
    producer.send(Array.from({ length: count }, () => ({ ...at, value: Buffer.from('x') })));
  const ends = new Ends(log);
  const lag = new Lag(ends.watch(at));
  expect(lag.rows).toBe(0);
  await send(3);
  const fetched = await log.fetch({ ...at, offset: 0 });
  lag.read(fetched, 30);
  await ends.look();
  expect(lag.rows).toBe(0);
  await send(7);
  expect(lag.rows).toBe(0);
  await ends.look();
  expect([lag.records, lag.rows]).toEqual([7, 70]);
  lag.read(await log.fetch({ ...at, offset: 3 }), 7);
  expect(lag.rows).toBe(0);
  await log.close();
});

test('what nobody watches any more is not asked for', async () => {
  const asked: number[] = [];
  const ends = new Ends({
    offsets: async (partitions) => {
      asked.push(partitions.length);
      return partitions.map((one) => ({ ...one, start: 0, lastStable: 5 }));
    },
  });
  const [a, b] = [ends.watch(at), ends.watch(at)];
  await ends.look();
  expect([a.lastStable, b.lastStable]).toEqual([5, 5]);
  a.close();
  a.close();
  await ends.look();
  b.close();
  await ends.look();
  expect(asked).toEqual([1, 1, 0]);
});

test('a leader that is away holds up the lag of its own partitions alone', async () => {
  let [away, end] = [true, 5];
  const asked: number[] = [];
  const ends = new Ends({
    offsets: async (partitions) => {
      asked.push(partitions.length);
      if (away && partitions.some(({ partition }) => partition === 1)) throw new Error('no leader');
      return partitions.map((one) => ({ ...one, start: 0, lastStable: end }));
    },
  });
  const [near, far] = [ends.watch(at), ends.watch({ ...at, partition: 1 })];
  await expect(ends.look()).rejects.toThrow('no leader');
  for (end of [6, 7]) {
    await ends.look();
    await new Promise((turn) => setImmediate(turn));
    expect([near.lastStable, far.lastStable]).toEqual([end, 0]);
  }
  away = false;
  await ends.look();
  await new Promise((turn) => setImmediate(turn));
  end = 8;
  await ends.look();
  expect([near.lastStable, far.lastStable]).toEqual([8, 8]);
  expect(asked).toEqual([2, 1, 1, 1, 1, 1, 1, 2]);
});
