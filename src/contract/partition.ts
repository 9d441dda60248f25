/**
 * The inbox partition of an entity: murmur2 of the key's UTF-8, as Kafka's default partitioner computes it, so that
 * any Kafka client can tell where an entity lives. Source: Kafka, `Utils.murmur2` and `Utils.toPositive`.
 */
import { utf8BytesMax, writeUtf8 } from '../aggregate/utf8.js';

const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** @param length how many of the bytes count */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  let h = SEED ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length - whole;
  if (rest >= 3) h ^= bytes[whole + 2]! << 16;
  if (rest >= 2) h ^= bytes[whole + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[whole]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

let scratch = new Uint8Array(256);

/** Hot: the key's bytes are written into memory that is kept. */
export function partitionOf(key: string, partitions: number): number {
  if (scratch.length < utf8BytesMax(key)) scratch = new Uint8Array(2 * utf8BytesMax(key));
  return (murmur2(scratch, writeUtf8(key, scratch, 0)) & 0x7fffffff) % partitions;
}
