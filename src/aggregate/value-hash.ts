/**
 * Hashes of values: murmur3-32 of a text's UTF-8, or of a double's 8 bytes, little-endian; 0 and -0 are one value.
 * The same on every machine, whatever the order of its bytes.
 */
import { murmur3, murmur3OfWords } from './murmur3.js';
import { utf8BytesMax, writeUtf8 } from './utf8.js';

let scratch = new Uint8Array(256);
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Where this machine keeps a double's low word. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

export function textHash(text: string, seed: number): number {
  if (scratch.length < utf8BytesMax(text)) scratch = new Uint8Array(2 * utf8BytesMax(text));
  return murmur3(scratch, writeUtf8(text, scratch, 0), seed);
}

export function numberHash(value: number, seed: number): number {
  double[0] = value + 0;
  return murmur3OfWords(words[LOW]!, words[1 - LOW]!, seed);
}
