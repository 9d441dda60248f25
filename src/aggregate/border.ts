/**
 * Which events end a chunk: decided by their content, so that every arrival order gives the same chunks.
 * Method: murmur3-32 (seed 0) of the id's UTF-8 bytes and the time as int64, little-endian: 0 mod 64 ends a chunk, a span of level 1,
 * 0 mod 64 · 4 one of level 2 as well, and so on.
 */
import { murmur3 } from './murmur3.js';
import { utf8BytesMax, writeUtf8 } from './utf8.js';

/** The highest level of a span that an event ends: 0 ends nothing, 1 a chunk, up to `LEVEL_MAX`. */
export type BorderOf = (id: string, time: number) => number;

/** A hash of 32 bits tells no more of them apart. */
export const LEVEL_MAX = 13;

const TIME_BYTES = 8;
const TWO_32 = 0x1_0000_0000;
let scratch = new Uint8Array(256);

/** @param time ms, a safe integer */
export function eventHash(id: string, time: number): number {
  if (scratch.length < utf8BytesMax(id) + TIME_BYTES) scratch = new Uint8Array(2 * utf8BytesMax(id) + TIME_BYTES);
  const at = writeUtf8(id, scratch, 0);
  writeWord(at, time >>> 0);
  writeWord(at + 4, Math.floor(time / TWO_32) >>> 0);
  return murmur3(scratch, at + TIME_BYTES);
}

/**
 * @param chunkModulus one event in so many ends a chunk
 * @param fanout one border in so many ends a span of the next level
 */
export const borders =
  (chunkModulus: number, fanout: number): BorderOf =>
  (id, time) => {
    const hash = eventHash(id, time);
    if (hash % chunkModulus !== 0) return 0;
    let level = 1;
    for (let rest = hash / chunkModulus; level < LEVEL_MAX && rest % fanout === 0; level++) rest /= fanout;
    return level;
  };

function writeWord(at: number, word: number): void {
  scratch[at] = word;
  scratch[at + 1] = word >>> 8;
  scratch[at + 2] = word >>> 16;
  scratch[at + 3] = word >>> 24;
}
