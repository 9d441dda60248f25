/** How much the heap grows by what is made: JavaScript's own, and the buffers of typed arrays. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median, type Scale } from './part.js';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** What is freed by one collection may let go of more. */
const COLLECTIONS = 3;
const REPETITIONS = 3;

function held(collections: number): number {
  for (let n = 0; n < collections; n++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** @returns bytes a thing: of `count` of them, all alive at the end; the median of some repetitions, and the things of the last one */
export function heapBytesEach<T>(
  count: number,
  { quick }: Scale,
  make: (i: number) => T,
): { bytes: number; things: readonly T[] } {
  // A smoke test has no use for its figure, and collections take the longer the more else its process holds.
  const collections = quick ? 0 : COLLECTIONS;
  const grown: number[] = [];
  let things: T[] = [];
  // The first one is for the compiler, which keeps things of its own.
  for (let n = quick ? REPETITIONS : 0; n <= REPETITIONS; n++) {
    things = new Array<T>(count);
    const before = held(collections);
    for (let i = 0; i < count; i++) things[i] = make(i);
    if (n > 0) grown.push(held(collections) - before);
  }
  return { bytes: Math.max(0, median(grown)) / count, things };
}
