import { afterAll, expect, test } from 'vitest';
import { skipUnreadable } from '../../../src/cli/skip.js';
import { type AdmittedFrame, admittedSchema } from '../../../src/contract/frames.js';
import { HeadraceError } from '../../../src/error.js';
import { readToEnd } from '../../../src/log/log.js';
import type { MemoryLog } from '../../../src/log/memory-log.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { connect, headrace } = memoryBrokers();
const rides = ridesFolder();
afterAll(() => rides.remove());
const skip = (...args: string[]) => headrace(['skip', rides.topology, ...args], rides.env);
const OUT = 'taxi.admitted.tips.v1';

test('gives up what retention took, once, as one frame without rows', async () => {
  const { log, codec } = await connect();
  const definition = await loadTopology(rides.topology);
  const schema = admittedSchema(definition.events.find(({ topic }) => topic === 'tips')!);
  await log.createTopics(['tips', OUT].map((topic) => ({ topic, partitions: 2, config: {} })));
  const producer = await log.producer();
  await producer.send(Array.from({ length: 20 }, () => ({ topic: 'tips', partition: 1, value: Buffer.from('x') })));
  expect((await skip('tips', '1')).stderr).toContain('NOTHING_LOST: admit of tips/1 has not begun');

  const writer = await codec.writer<AdmittedFrame>(OUT, schema);
  const frame = { before: 0, after: 5, known: 77, mark: 66, rows: [] };
  await producer.send([{ topic: OUT, partition: 1, value: writer.encode(frame) }]);
  expect((await skip('tips', '1', '--yes')).stderr).toContain(
    'goes on at offset 5, the partition begins at 0, and what comes next can be read',
  );

  (log as MemoryLog).deleteRecords('tips', 1, 12);
  const dry = await skip('tips', '1');
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('offsets 5 to 11 of tips/1 cannot be read (OFFSET_OUT_OF_RANGE: retention took'),
  });
  const done = await skip('tips', '1', '--yes', '--json');
  expect(JSON.parse(done.stdout)).toMatchObject({
    topic: 'tips',
    partition: 1,
    from: 5,
    to: 12,
    letters: 0,
    written: true,
  });
  expect((await skip('tips', '1', '--yes')).stderr).toContain('NOTHING_LOST');

  const reader = codec.reader<AdmittedFrame>(schema);
  const frames: AdmittedFrame[] = [];
  for await (const { value } of readToEnd(log, { topic: OUT, partition: 1 })) {
    await reader.prepare([value]);
    frames.push(reader.decode(value!));
  }
  expect(frames).toEqual([frame, { before: 5, after: 12, known: 77, mark: 66, rows: [] }]);
});

test('gives up a batch that cannot be unpacked as a whole, with one letter that says so', async () => {
  const { log, codec } = await connect();
  const definition = await loadTopology(rides.topology);
  const event = definition.events.find(({ topic }) => topic === 'rides')!;
  const out = 'taxi.admitted.rides.v1';
  await log.createTopics(
    ['rides', out, 'taxi.deadletters.rides.v1'].map((topic) => ({ topic, partitions: 1, config: {} })),
  );
  const producer = await log.producer();
  await producer.send(Array.from({ length: 9 }, () => ({ topic: 'rides', partition: 0, value: Buffer.from('x') })));
  const packed = {
    ...log,
    fetch: async (at: Parameters<typeof log.fetch>[0]) => {
      if (at.topic === 'rides' && at.offset < 7) {
        const details = { topic: 'rides', partition: 0, offset: 0, next: 7 };
        throw new HeadraceError('BATCH_UNREADABLE', 'it is cut off', { remedy: 'fix-input', ...details });
      }
      return log.fetch(at);
    },
  };
  const options = { topology: 'taxi', event, partition: 0, dryRun: false, max: 1, log: packed, codec };
  expect(await skipUnreadable(options)).toMatchObject({ from: 0, to: 7, code: 'BATCH_UNREADABLE', letters: 1 });
  await expect(skipUnreadable(options)).rejects.toMatchObject({ code: 'NOTHING_LOST' });
  const { stdout } = await headrace(['deadletters', 'show', rides.topology, 'rides', '0', '0'], rides.env);
  expect(stdout).toContain('offsets 0 to 6 are given up: it is cut off');
  expect(stdout).toContain('not kept; see the raw topic');
  const redriven = await headrace(['deadletters', 'redrive', rides.topology], rides.env);
  expect(redriven.stdout).toContain('left out: 1 whose values were not kept');
});

test('names what it does not know', async () => {
  expect((await skip('tops', '0')).stderr).toContain('EVENT_UNKNOWN');
  expect((await skip('tips', '7')).stderr).toContain('PARTITION_UNKNOWN');
});
