import { expect, test } from 'vitest';
import { type From, readTopic } from '../../../src/cli/tap/read.js';
import { memoryLog } from '../../../src/log/memory-log.js';

const { signal } = new AbortController();

async function texts(log: ReturnType<typeof memoryLog>, from: From, partitions = [0]): Promise<string[]> {
  const found: string[] = [];
  for await (const { records } of readTopic(log, { topic: 't', partitions, from, follow: false, signal })) {
    for (const { value } of records) found.push(value!.toString());
  }
  return found;
}

async function filled(count: number, transactions: boolean) {
  const log = memoryLog();
  await log.createTopics([{ topic: 't', partitions: 2, config: {} }]);
  const plain = await log.producer();
  const transactional = await log.transactional('x');
  for (let i = 0; i < count; i++) {
    const records = [{ topic: 't', partition: 0, value: Buffer.from(String(i)) }];
    if (transactions) await transactional.transaction(records);
    else await plain.send(records);
  }
  return log;
}

test.each([false, true])(
  'the last n records, whatever offsets markers take (transactions: %s)',
  async (transactions) => {
    const log = await filled(30, transactions);
    expect(await texts(log, { back: 3 })).toEqual(['27', '28', '29']);
    expect(await texts(log, { back: 1 }, [0, 1])).toEqual(['29']);
    expect(await texts(log, { back: 0 })).toEqual([]);
    expect(await texts(log, { back: 100 })).toHaveLength(30);
  },
);

test('start, end and offsets; one that is not there is an error with those that are', async () => {
  const log = await filled(5, false);
  expect(await texts(log, 'start')).toHaveLength(5);
  expect(await texts(log, 'end')).toEqual([]);
  expect(await texts(log, { offset: 3 })).toEqual(['3', '4']);
  expect(await texts(log, { offset: 5 })).toEqual([]);
  log.deleteRecords('t', 0, 2);
  expect(await texts(log, 'start')).toEqual(['2', '3', '4']);
  await expect(texts(log, { offset: 1 })).rejects.toMatchObject({
    code: 'OFFSET_OUT_OF_RANGE',
    details: { start: 2, end: 5 },
  });
});
