/**
 * Which events end a chunk: decided by their content, so that every arrival order gives the same chunks.
 * Method: murmur3-32 (seed 0) of the id's UTF-8 bytes and the time as int64, little-endian: 0 mod 64 ends a chunk, 0 mod 4096
 * a super-chunk as well.
 */
import { murmur3 } from './murmur3.js';
import { utf8BytesMax, writeUtf8 } from './utf8.js';

/** 0: ends nothing; 1: ends a chunk; 2: ends a chunk and a super-chunk. */
export type Border = 0 | 1 | 2;
export type BorderOf = (id: string, time: number) => Border;

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

export const borders =
  (chunkModulus: number, superModulus: number): BorderOf =>
  (id, time) => {
    const hash = eventHash(id, time);
    if (hash % chunkModulus !== 0) return 0;
    return hash % superModulus === 0 ? 2 : 1;
  };

function writeWord(at: number, word: number): void {
  scratch[at] = word;
  scratch[at + 1] = word >>> 8;
  scratch[at + 2] = word >>> 16;
  scratch[at + 3] = word >>> 24;
}
