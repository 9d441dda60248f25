import { HeadraceError } from '../../../src/error.js';
import type { Fetched, Log, LogRecord, Outgoing } from '../../../src/log/log.js';

export const at = (topic: string, partition = 0) => ({ topic, partition });

export const record = (topic: string, value: string | null, more: Partial<Outgoing> = {}): Outgoing => ({
  topic,
  partition: 0,
  value: value === null ? null : Buffer.from(value),
  ...more,
});

export const values = (records: readonly LogRecord[]): (string | null)[] =>
  records.map(({ value }) => value?.toString() ?? null);

/** Sends by a producer of its own. */
export async function send(log: Log, records: readonly Outgoing[]) {
  const producer = await log.producer();
  try {
    return await producer.send(records);
  } finally {
    await producer.close();
  }
}

/** Every fetch from `from` until `next` reaches the last stable offset. */
export async function fetchAll(log: Log, topic: string, from: number, partition = 0) {
  const fetches: Fetched[] = [];
  const [bounds] = await log.offsets([at(topic, partition)]);
  for (let next = from; next < bounds!.lastStable; ) {
    const fetched = await log.fetch({ topic, partition, offset: next }, { maxWaitMs: 1000 });
    fetches.push(fetched);
    next = fetched.next;
  }
  return { fetches, records: fetches.flatMap(({ records }) => records), next: fetches.at(-1)?.next ?? from };
}

/** Code of the HeadraceError that it ends with; others are thrown on. */
export async function codeOf(promise: Promise<unknown> | (() => unknown)): Promise<string | null> {
  try {
    await (typeof promise === 'function' ? promise() : promise);
    return null;
  } catch (error) {
    if (error instanceof HeadraceError) return error.code;
    throw error;
  }
}

export async function failureOf(promise: Promise<unknown>): Promise<HeadraceError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof HeadraceError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, maxMs = 15_000): Promise<void> {
  for (const end = Date.now() + maxMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`not within ${maxMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** A transaction is decided before its readers see it: waits until the partition is stable up to `end`. */
export const settled = (log: Log, topic: string, end: number, partition = 0): Promise<void> =>
  until(`${topic}[${partition}] is stable up to ${end}`, async () => {
    const [bounds] = await log.offsets([at(topic, partition)]);
    return bounds!.lastStable === end;
  });

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
