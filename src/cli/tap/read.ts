/**
 * The records of a topic from a place on, partition by partition up to their present ends, or as they come.
 * Errors: `OFFSET_OUT_OF_RANGE`, naming what is there.
 */
import { HeadraceError } from '../../error.js';
import { type Fetched, type Log, type Partition, readToEnd, type Subscription } from '../../log/log.js';

const FETCH_BYTES_MAX = 1024 * 1024;
const WAIT_MS = 500;

/** `back`: so many records before the end of each partition. */
export type From = 'start' | 'end' | { readonly offset: number } | { readonly back: number };

export interface ReadOptions {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly from: From;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

export async function* readTopic(log: Log, options: ReadOptions): AsyncGenerator<Fetched> {
  const { topic, partitions, from, signal } = options;
  const bounds = await log.offsets(partitions.map((partition) => ({ topic, partition })));
  const places: { at: Partition; next: number; end: number }[] = [];
  for (const { partition, start, lastStable } of bounds) {
    const at = { topic, partition };
    places.push({ at, next: await placeOf(log, from, at, start, lastStable), end: lastStable });
  }
  for (const place of places) {
    while (place.next < place.end && !signal.aborted) {
      const fetched = await log.fetch(
        { ...place.at, offset: place.next },
        { maxWaitMs: WAIT_MS, maxBytes: FETCH_BYTES_MAX },
      );
      place.next = fetched.next;
      yield options.follow
        ? fetched
        : { ...fetched, records: fetched.records.filter(({ offset }) => offset < place.end) };
    }
  }
  if (options.follow && !signal.aborted) yield* follow(log, places, signal);
}

async function* follow(
  log: Log,
  places: readonly { readonly at: Partition; readonly next: number }[],
  signal: AbortSignal,
): AsyncGenerator<Fetched> {
  let wake = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  const subscriptions: Subscription[] = [];
  try {
    for (const { at, next } of places) subscriptions.push(log.subscribe({ ...at, offset: next }, () => wake()));
    while (!signal.aborted) {
      const woken = new Promise<void>((done) => {
        wake = done;
      });
      let moved = false;
      for (const subscription of subscriptions) {
        const fetched = subscription.take();
        if (fetched === null) continue;
        moved = true;
        yield fetched;
      }
      if (!moved && !signal.aborted) await woken;
    }
  } finally {
    for (const subscription of subscriptions) subscription.close();
  }
}

async function placeOf(log: Log, from: From, at: Partition, start: number, end: number): Promise<number> {
  if (from === 'start') return start;
  if (from === 'end') return end;
  if ('back' in from) return backwards(log, at, start, end, from.back);
  if (from.offset >= start && from.offset <= end) return from.offset;
  throw new HeadraceError(
    'OFFSET_OUT_OF_RANGE',
    `${at.topic}/${at.partition} has offsets ${start} to ${end - 1}, not ${from.offset}: give another, start or end, or one partition`,
    { remedy: 'fix-input', ...at, start, end },
  );
}

/** The offset of the record that is `count` before the end: looked for in growing steps, since offsets have gaps (transactions, compaction). */
async function backwards(log: Log, at: Partition, start: number, end: number, count: number): Promise<number> {
  if (count === 0) return end;
  for (let back = count * 2; ; back *= 4) {
    const from = Math.max(start, end - back);
    const offsets: number[] = [];
    for await (const { offset } of readToEnd(log, at, from)) {
      if (offset >= end) break;
      offsets.push(offset);
      if (offsets.length > count) offsets.shift();
    }
    if (offsets.length === count || from === start) return offsets[0] ?? start;
  }
}
