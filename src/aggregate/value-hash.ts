/**
 * Hashes of values: murmur3-32 of a text's UTF-8, or of a double's 8 bytes, little-endian; 0 and -0 are one value.
 * The same on every machine, whatever the order of its bytes.
 */
import { murmur3 } from './border.js';
import { utf8BytesMax, writeUtf8 } from './utf8.js';

let scratch = new Uint8Array(256);
const view = new DataView(new ArrayBuffer(8));
const eight = new Uint8Array(view.buffer);

export function textHash(text: string, seed: number): number {
  if (scratch.length < utf8BytesMax(text)) scratch = new Uint8Array(2 * utf8BytesMax(text));
  return murmur3(scratch, writeUtf8(text, scratch, 0), seed);
}

export function numberHash(value: number, seed: number): number {
  view.setFloat64(0, value + 0, true);
  return murmur3(eight, 8, seed);
}
