/** Writes state as bytes: deterministic, compact, and exact. Its twin is `byte-reader.ts`. */
import { utf8BytesMax, writeUtf8 } from './utf8.js';

/** Records are cut from slabs of this size: one allocation for many of them. */
const SLAB_BYTES = 64 * 1024;
const NATURAL_BYTES_MAX = 8;
/** Up to it numbers are taken apart by shifts. */
const SMALL_MAX = 0x7fff_ffff;

export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** Where the record that is being written begins. */
  #start = 0;
  #at = 0;

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the least first. */
  natural(value: number): void {
    this.#room(NATURAL_BYTES_MAX);
    const bytes = this.#bytes;
    let at = this.#at;
    let left = value;
    for (; left > SMALL_MAX; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80;
    for (; left >= 0x80; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
    bytes[at++] = left;
    this.#at = at;
  }

  /** A safe integer: the sign in a byte of its own where it is large, else by zigzag. */
  integer(value: number): void {
    if (Math.abs(value) < 0x1_0000_0000) {
      this.natural(value < 0 ? -2 * value + 1 : 2 * value + 2);
      return;
    }
    this.natural(value < 0 ? 1 : 0);
    this.natural(Math.abs(value));
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Hot: an id and a few texts a row. Most are short and of ASCII, whose bytes are their units. */
  text(value: string): void {
    const { length } = value;
    this.#room(utf8BytesMax(value) + NATURAL_BYTES_MAX);
    if (length < 0x80) {
      const bytes = this.#bytes;
      const start = this.#at + 1;
      let i = 0;
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit >= 0x80) break;
        bytes[start + i] = unit;
      }
      if (i === length) {
        bytes[this.#at] = length;
        this.#at = start + length;
        return;
      }
    }
    this.natural(Buffer.byteLength(value));
    this.#at = writeUtf8(value, this.#bytes, this.#at);
  }

  value(value: number | string): void {
    this.byte(typeof value === 'string' ? 1 : 0);
    if (typeof value === 'string') this.text(value);
    else this.double(value);
  }

  /** What was written since the last call. Its bytes stay as they are. */
  take(): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return taken;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const written = this.#at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (written + bytes)));
    this.#bytes.copy(slab, 0, this.#start, this.#at);
    this.#bytes = slab;
    this.#start = 0;
    this.#at = written;
  }
}
