/**
 * Unpacks what Kafka's codecs have packed: gzip, snappy, lz4, zstd.
 * Goal: whatever producer or broker packed a batch, it is read, and no batch takes more memory than the caller allows.
 * Method: gzip and, where Node has it (22.15, 23.8), zstd are Node's own; the others are packages, loaded when first wanted.
 * Invariant: a batch that would grow beyond `bytesMax` is refused before that much is allocated; of lz4 by what its blocks can
 * hold at most, since its package has no bound of its own.
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** By the number that a batch bears. */
export const CODECS: readonly ('none' | CodecName)[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** A batch would grow beyond its bound. */
export class TooLarge extends Error {}
/** A codec's package cannot be loaded here. */
export class NotLoaded extends Error {}

type Unpack = (bytes: Buffer, bytesMax: number) => Promise<Buffer>;

/** Errors: `TooLarge`, `NotLoaded`; any other error says that the bytes are not what the codec wrote. */
export const unpack = (codec: CodecName, bytes: Buffer, bytesMax: number): Promise<Buffer> =>
  UNPACK[codec](bytes, bytesMax);

const UNPACK: Readonly<Record<CodecName, Unpack>> = {
  gzip: ofZlib(promisify(zlib.gunzip)),
  snappy: unsnappy,
  lz4: unlz4,
  zstd: unzstd,
};

type ZlibUnpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

function ofZlib(unzip: ZlibUnpack): Unpack {
  return async (bytes, bytesMax) => {
    try {
      return await unzip(bytes, { maxOutputLength: bytesMax });
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new TooLarge() : error;
    }
  };
}

async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new NotLoaded((cause as Error).message, { cause });
  }
}

/** What snappy-java writes first: a name, then a version and the least version that reads it. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** Java clients and brokers write snappy-java's stream: its header, then blocks behind their lengths. Others write one block. */
async function unsnappy(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const { uncompress } = await loaded(() => import('snappy'));
  const blocks = isXerial(bytes, 0) ? xerialBlocks(bytes) : [bytes];
  let total = 0;
  for (const block of blocks) total += snappySize(block);
  if (total > bytesMax) throw new TooLarge();
  const parts: Buffer[] = [];
  for (const block of blocks) parts.push((await uncompress(block, { asBuffer: true })) as Buffer);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function xerialBlocks(bytes: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    // Streams that were put together have their headers between blocks.
    if (isXerial(bytes, at)) {
      at += XERIAL_HEADER_BYTES;
      continue;
    }
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new Error('a block is cut off');
    blocks.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

const isXerial = (bytes: Buffer, at: number): boolean =>
  bytes.length >= at + XERIAL_HEADER_BYTES && bytes.compare(XERIAL, 0, XERIAL.length, at, at + XERIAL.length) === 0;

/** A snappy block begins with its unpacked size, a varint of 32 bits; the package holds the block to it. */
function snappySize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new Error('a block has no size');
}

async function unlz4(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const { decompressFrame } = await loaded(() => import('lz4-napi'));
  const frame = lz4Frame(bytes);
  if (frame.sizeMax > bytesMax) throw new TooLarge();
  return decompressFrame(bytes.subarray(0, frame.end));
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_END_MARK = 0;
/** LZ4's best: a byte of a match's length stands for 255 bytes. */
const LZ4_GROWTH_MAX = 255;

/** Where the frame ends, and what its blocks hold at most: each its own bound, and no more than its bytes can grow to. */
function lz4Frame(bytes: Buffer): { end: number; sizeMax: number } {
  if (bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('it is no lz4 frame');
  const flags = bytes[4]!;
  const blockBytesMax = 4 ** (4 + ((bytes[5]! >> 4) & 0x07)) * 256;
  const [blockChecksum, hasSize, contentChecksum, dictionary] = [0x10, 0x08, 0x04, 0x01].map((bit) => flags & bit);
  let at = 6 + (hasSize ? 8 : 0) + (dictionary ? 4 : 0) + 1;
  let sizeMax = 0;
  for (;;) {
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === LZ4_END_MARK) break;
    const packed = word & 0x7fffffff;
    sizeMax += Math.min(blockBytesMax, word === packed ? packed * LZ4_GROWTH_MAX : packed);
    at += packed + (blockChecksum ? 4 : 0);
  }
  const end = at + (contentChecksum ? 4 : 0);
  if (end > bytes.length) throw new Error('the frame is cut off');
  return { end, sizeMax };
}

/** Not yet in the types of the Node that is the least. */
const nodesZstd = (zlib as unknown as { zstdDecompress?: Parameters<typeof promisify>[0] }).zstdDecompress;
const unzstdByNode = nodesZstd === undefined ? null : ofZlib(promisify(nodesZstd) as unknown as ZlibUnpack);

async function unzstd(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  if (unzstdByNode !== null) return unzstdByNode(bytes, bytesMax);
  return unzstdByPackage(bytes, bytesMax);
}

/** For a Node without zstd, as 20; in this thread. */
export async function unzstdByPackage(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const { Decompress } = await loaded(() => import('fzstd'));
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  do {
    const { end, windowBytes } = zstdFrame(bytes, at);
    // The package makes room for the window at once.
    if (windowBytes > bytesMax) throw new TooLarge();
    const stream = new Decompress((part) => {
      total += part.length;
      if (total > bytesMax) throw new TooLarge();
      parts.push(part);
    });
    stream.push(bytes.subarray(at, end), true);
    at = end;
  } while (at < bytes.length);
  return Buffer.concat(parts, total);
}

const ZSTD_MAGIC = 0xfd2fb528;
/** Of the dictionary's id and of the content's size, by the two bits that tell them. */
const ZSTD_ID_BYTES = [0, 1, 2, 4];
const ZSTD_SIZE_BYTES = [0, 2, 4, 8];
const ZSTD_RLE = 1;

/** Where the frame ends, and how far back it looks, as RFC 8878 has them (sections 3.1.1.1 and 3.1.1.2). */
function zstdFrame(bytes: Buffer, start: number): { end: number; windowBytes: number } {
  if (bytes.readUInt32LE(start) !== ZSTD_MAGIC) throw new Error('it is no zstd frame');
  const flags = bytes.readUInt8(start + 4);
  const single = (flags & 0x20) !== 0;
  const sizeBytes = ZSTD_SIZE_BYTES[flags >> 6]! || Number(single);
  const sizeAt = start + 5 + Number(!single) + ZSTD_ID_BYTES[flags & 0x03]!;
  let at = sizeAt + sizeBytes;
  const descriptor = bytes.readUInt8(start + 5);
  const windowBytes = single
    ? sizeBytes === 8
      ? Number(bytes.readBigUInt64LE(sizeAt))
      : bytes.readUIntLE(sizeAt, sizeBytes)
    : 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 0x07) / 8);
  for (let last = false; !last; ) {
    const header = bytes.readUIntLE(at, 3);
    last = (header & 1) === 1;
    at += 3 + (((header >> 1) & 0x03) === ZSTD_RLE ? 1 : header >> 3);
  }
  const end = at + (flags & 0x04 ? 4 : 0);
  if (end > bytes.length) throw new Error('the frame is cut off');
  return { end, windowBytes };
}
