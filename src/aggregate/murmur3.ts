/** Murmur3-32 (A. Appleby, 2011), the same on every machine. */

/** Of the first `length` bytes, as an unsigned number. */
export function murmur3(bytes: Uint8Array, length: number, seed = 0): number {
  let hash = seed;
  const blocks = length & ~3;
  for (let i = 0; i < blocks; i += 4) {
    hash = next(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
  let rest = 0;
  for (let i = length - 1; i >= blocks; i--) rest = (rest << 8) | bytes[i]!;
  if (length > blocks) hash ^= mix(rest);
  return end(hash, length);
}

/** Of the 8 bytes of two words, the low one first, each little-endian. */
export const murmur3OfWords = (low: number, high: number, seed: number) => end(next(next(seed, low), high), 8);

function next(hash: number, word: number): number {
  const mixed = hash ^ mix(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function mix(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function end(hash: number, length: number): number {
  let last = hash ^ length;
  last = Math.imul(last ^ (last >>> 16), 0x85ebca6b);
  last = Math.imul(last ^ (last >>> 13), 0xc2b2ae35);
  return (last ^ (last >>> 16)) >>> 0;
}
