import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { describe, expect, test } from 'vitest';
import { TooLarge, unpack, unzstdByPackage } from '../../../src/log/kafka/codecs.js';
import { decodeBatches } from '../../../src/log/kafka/record-batches.js';
import { unpacked } from './packed.js';

const at = { topic: 'orders', partition: 3 };
/** Segments of a real broker, which packed `packed()` by its own encoders: Kafka 4.1, `compression.type` of the topic. */
const segment = (codec: string) => readFileSync(new URL(`fixtures/${codec}.segment`, import.meta.url));
/** A segment's first batch, without its head. */
const bodyOf = (codec: string) => segment(codec).subarray(61);
const MANY = 1e9;

/** As snappy-java: a header, then blocks behind their lengths. */
function xerial(blocks: readonly Buffer[]): Buffer {
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([
    head,
    ...blocks.flatMap((block) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return [length, block];
    }),
  ]);
}

describe('what a broker has packed', () => {
  test.each(['snappy', 'lz4', 'zstd'])('by %s is read whole, and from within', async (codec) => {
    const { records, next } = await decodeBatches(at, segment(codec), 0, []);
    expect(records).toEqual(unpacked());
    expect(next).toBe(400);
    expect((await decodeBatches(at, segment(codec), 123, [])).records).toEqual(unpacked().slice(123));
  });

  test('is the same by Node’s zstd and by the package', async () => {
    const plain = await unpack('zstd', bodyOf('zstd'), MANY);
    expect(await unzstdByPackage(bodyOf('zstd'), MANY)).toEqual(plain);
    // Frames may follow each other.
    const twice = await unzstdByPackage(Buffer.concat([bodyOf('zstd'), bodyOf('zstd')]), MANY);
    expect(twice).toEqual(Buffer.concat([plain, plain]));
  });
});

describe('any bytes come back', () => {
  const bytes = fc
    .tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(400))
    .map(([part, times]) => Buffer.concat(Array.from({ length: times }, () => part)));
  const same = (pack: (plain: Buffer) => Buffer, codec: 'gzip' | 'snappy' | 'lz4') =>
    fc.assert(
      fc.asyncProperty(bytes, async (plain) => {
        expect((await unpack(codec, pack(plain), MANY)).equals(plain)).toBe(true);
        // No more is needed than what they are, and a byte less is refused: of lz4 at its blocks' bounds.
        if (codec !== 'lz4') {
          if (plain.length > 0) expect((await unpack(codec, pack(plain), plain.length)).equals(plain)).toBe(true);
          if (plain.length > 1) await expect(unpack(codec, pack(plain), plain.length - 1)).rejects.toThrow(TooLarge);
        }
      }),
      { numRuns: 40 },
    );

  test('from gzip', () => same((plain) => gzipSync(plain), 'gzip'));
  test('from snappy’s one block', () => same((plain) => compressSync(plain), 'snappy'));
  test('from lz4', () => same((plain) => compressFrameSync(plain), 'lz4'));
  test('from lz4 with checksums', () =>
    same((plain) => compressFrameSync(plain, { contentChecksum: true, blockChecksums: true }), 'lz4'));
  test('from snappy-java’s stream, of one or several, or of no block', () => {
    const pack = (plain: Buffer) => {
      const middle = plain.length >> 1;
      const [a, b] = [compressSync(plain.subarray(0, middle)), compressSync(plain.subarray(middle))];
      return plain.length % 2 === 0 ? xerial([a, b]) : Buffer.concat([xerial([a]), xerial([b])]);
    };
    return same(pack, 'snappy');
  });
});

describe('what grows beyond its bound is refused', () => {
  const zeros = Buffer.alloc(2_000_000);
  test.each([
    ['gzip', gzipSync(zeros)],
    ['snappy', compressSync(zeros)],
    ['snappy', xerial([compressSync(zeros.subarray(1_000_000)), compressSync(zeros.subarray(1_000_000))])],
    ['lz4', compressFrameSync(zeros)],
  ] as const)('of %s', async (codec, packed) => {
    await expect(unpack(codec, packed, 1_900_000)).rejects.toThrow(TooLarge);
    expect((await unpack(codec, packed, 2_100_000)).length).toBe(2_000_000);
  });

  test('of zstd, by what it unpacks to and by the window that it claims', async () => {
    const { length } = await unpack('zstd', bodyOf('zstd'), MANY);
    const frames = Buffer.concat(Array.from({ length: 300 }, () => bodyOf('zstd')));
    const packages = unzstdByPackage(frames, 300 * length - 1);
    await expect(packages).rejects.toThrow(TooLarge);
    await expect(unpack('zstd', frames, 300 * length - 1)).rejects.toThrow(TooLarge);
    const wide = Buffer.from(bodyOf('zstd'));
    // A window of 2^(10 + 20) bytes.
    wide[5] = 20 << 3;
    await expect(unzstdByPackage(wide, 2 ** 28)).rejects.toThrow(TooLarge);
  });
});

describe('what is cut off or torn is an error, never other bytes', () => {
  test.each(['snappy', 'lz4', 'zstd'] as const)('of %s', async (codec) => {
    const body = bodyOf(codec);
    const plain = await unpack(codec, body, MANY);
    for (const cut of [1, 3, 10, 20, body.length >> 1, body.length - 1]) {
      await expect(unpack(codec, body.subarray(0, cut), MANY), `cut at ${cut}`).rejects.toThrow();
      if (codec === 'zstd') await expect(unzstdByPackage(body.subarray(0, cut), MANY)).rejects.toThrow();
    }
    expect(plain.length).toBeGreaterThan(15_000);
  });
});
