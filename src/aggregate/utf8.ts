/**
 * The order and the bytes of texts in UTF-8, without making a buffer of each. Texts are well formed, as Avro's are; half a
 * surrogate pair stands for U+FFFD.
 */

const SURROGATES = 0xd800;

/** Orders as the UTF-8 bytes do: by code point. (UTF-16 units put surrogates before U+E000 to U+FFFF.) */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isHigh = (unit: number) => unit >= SURROGATES && unit <= 0xdfff;
    if (isHigh(x) !== isHigh(y) && x >= SURROGATES && y >= SURROGATES) return isHigh(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** Bytes that a text takes at most. */
export const utf8BytesMax = (text: string) => text.length * 3;

/** @returns the index behind the last byte */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      into[at++] = point;
      continue;
    }
    if (point >= SURROGATES && point <= 0xdfff) {
      const whole = text.codePointAt(i)!;
      if (whole > 0xffff) i++;
      point = whole > 0xffff ? whole : 0xfffd;
    }
    if (point < 0x800) into[at++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) into[at++] = 0xe0 | (point >> 12);
      else {
        into[at++] = 0xf0 | (point >> 18);
        into[at++] = 0x80 | ((point >> 12) & 0x3f);
      }
      into[at++] = 0x80 | ((point >> 6) & 0x3f);
    }
    into[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
