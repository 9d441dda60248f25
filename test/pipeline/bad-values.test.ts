/** Values that are no numbers, too large to be exact, or too large to go along with others: each as docs/bad-input.md says. */
import { afterEach, expect, test } from 'vitest';
import { inboxTopic } from '../../src/contract/topics.js';
import { readToEnd } from '../../src/log/log.js';
import type { Worker } from '../../src/runtime/worker.js';
import { callOf, calls } from '../support/calls.js';
import { eventually, MemoryWorld, sumOf } from '../support/memory-world.js';
import { lettersOf, vectorsOf } from '../support/outputs.js';

let world: MemoryWorld;
let worker: Worker | null = null;
afterEach(async () => {
  await worker?.stop();
  worker = null;
  await world.close();
});

const definition = calls('bad');
const [raw] = definition.events;

/** Runs a worker over these calls, or raw bytes, until each has a vector or a letter. */
async function run(events: readonly (ReturnType<typeof callOf> | Buffer)[], env = {}) {
  world = await MemoryWorld.open(env);
  await world.createRaw(definition, {});
  const { encode } = await world.codec.writer(raw!.topic, raw!.schema, { wide: true });
  const producer = await world.log.producer();
  await producer.send(
    events.map((one) => ({ topic: raw!.topic, partition: 0, value: one instanceof Buffer ? one : encode(one) })),
  );
  worker = await world.worker(definition);
  const vectors = () => vectorsOf(definition, world.log, world.codec);
  const letters = () => lettersOf(definition, world.log, raw!.topic);
  await eventually('all are dealt with', async () => {
    const stuck = worker!.status().find(({ state }) => state === 'stuck');
    if (stuck) throw new Error(`${stuck.task}: ${stuck.because?.message}`);
    return (await vectors()).length + (await letters()).length >= events.length;
  });
  return {
    rows: (await vectors()).map(({ row }) => row),
    letters: (await letters()).map(({ code, message, offset }) => ({ code, message, offset })),
  };
}

/** As Avro has it: zigzag, seven bits a byte. The value of `bytes` or `account`, which no double holds. */
function withLong(i: number, field: 'bytes' | 'account', value: bigint, encode: (call: object) => Buffer): Buffer {
  const varint = (of: bigint) => {
    const bytes: number[] = [];
    for (let left = of < 0n ? -2n * of - 1n : 2n * of; ; left >>= 7n) {
      bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
      if (left <= 127n) return Buffer.from(bytes);
    }
  };
  // 2^53 stands in its place first.
  const place = varint(2n ** 53n);
  const found = encode(callOf(i, { line: 'l', [field]: 2 ** 53 }));
  const at = found.indexOf(place);
  return Buffer.concat([found.subarray(0, at), varint(value), found.subarray(at + place.length)]);
}

async function encoder(wide = true) {
  const other = await MemoryWorld.open();
  const { encode } = await other.codec.writer(raw!.topic, raw!.schema, { wide });
  await other.close();
  return encode;
}

test('NaN and infinite values are null, in features of groups and of the event itself, and counted', async () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2];
  const { rows } = await run(values.map((seconds, i) => callOf(i, { line: 'l', seconds })));
  expect(rows.map(({ features }) => [features.seconds, features.seconds_1d])).toEqual([
    [null, null],
    [null, null],
    [null, null],
    [2, 2],
  ]);
  expect(sumOf(worker!, 'not_finite')).toBe(3);
});

test('a long above 2^53 as a value: the nearest double, and counted', async () => {
  const encode = await encoder();
  const events = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n].map((value, i) =>
    withLong(i, 'bytes', value, encode),
  );
  const { rows, letters } = await run([...events, callOf(9, { line: 'l' })]);
  expect(letters).toEqual([]);
  expect(rows.map(({ features }) => features.bytes_max)).toEqual([2 ** 53, 2 ** 53, 2 ** 63, 2 ** 63].map(Math.fround));
  expect(sumOf(worker!, 'rounded_longs')).toBe(3);
});

test('a long above 2^53 as a key is refused by name: two entities would become one', async () => {
  const encode = await encoder();
  const [a, b, most] = [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n - 1n].map((value, i) =>
    withLong(i, 'account', value, encode),
  );
  const { rows, letters } = await run([a!, b!, most!, callOf(5), callOf(6)]);
  expect(rows.map(({ keys }) => keys.account)).toEqual([Number.MAX_SAFE_INTEGER, 0, 1]);
  expect(letters.map(({ code, offset }) => [code, offset])).toEqual([
    ['EVENT_LONG_INEXACT', 0],
    ['EVENT_LONG_INEXACT', 1],
  ]);
  expect(letters[0]!.message).toMatch(/field account is a long beyond 2\^53 .* send it as a string/);
});

test('longs above 2^53 in what no feature reads do not stop anything', async () => {
  const encode = await encoder(false);
  const { rows } = await run([
    callOf(0, { hops: [2 ** 60, -(2 ** 62), 1] }),
    encode({ ...callOf(1), mixed: { double: 0.5 } }),
    callOf(2, { hops: Array.from({ length: 3_000 }, (_, i) => i) }),
  ]);
  expect(rows.map(({ id }) => id)).toEqual(['c0', 'c1', 'c2']);
});

test('a long above 2^53 as a time is no time', async () => {
  const { letters } = await run([callOf(0, { time: 2 ** 60 }), callOf(1)]);
  expect(letters.map(({ code }) => code)).toEqual(['EVENT_TIME_INVALID']);
});

test('many large records: every frame stays below what the brokers take, and nothing is lost', async () => {
  const note = 'x'.repeat(60_000);
  const events = Array.from({ length: 80 }, (_, i) => callOf(i, { line: 'l', note: `${i}${note}` }));
  const { rows } = await run(events);
  expect(rows.map(({ id }) => id)).toEqual(events.map(({ call_id: id }) => id));
  expect(rows.map(({ features }) => features.note_last)).toEqual(events.map(({ note }) => note));
  let greatest = 0;
  for (const { topic } of [{ topic: inboxTopic('bad', definition.groups[0]!) }]) {
    for (let partition = 0; partition < definition.groups[0]!.inboxPartitions; partition++) {
      for await (const { value } of readToEnd(world.log, { topic, partition }))
        greatest = Math.max(greatest, value!.length);
    }
  }
  expect(greatest).toBeGreaterThan(60_000);
  expect(greatest).toBeLessThanOrEqual(world.settings.frameBytesMax);
});
