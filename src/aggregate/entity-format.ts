/**
 * An entity as records: a header, and one record a closed chunk.
 * Goal: a hot entity rewrites little. Method: the header holds what changes often: tails, folds, and a directory of borders; a
 * chunk's record is named by its event and its border, so a late event rewrites the records of the chunk that it changes.
 * Errors: `STATE_UNREADABLE`.
 */
import { ByteReader, unreadable } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { Chunk } from './chunk.js';
import type { EventLog, Place } from './event-log.js';
import { FoldBase } from './fold-base.js';
import type { GroupPlan } from './plan.js';
import { readRows, writeRows } from './record-format.js';

const FORMAT = 1;
/** The header's own suffix; a chunk's begins with another byte. */
export const HEADER_SUFFIX = Buffer.from([0]);
const CHUNK_SUFFIX = 1;
const PASSED = 1;
const FOLDED = 2;
/** Added to a time so that its bytes sort as it does. */
const TIME_BIAS = 2n ** 63n;

/** Names a chunk's record: event, border's time, border's id. */
export function chunkSuffix(event: number, { time, id }: Place): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(CHUNK_SUFFIX, 0);
  head.writeUInt16BE(event, 1);
  head.writeBigUInt64BE(BigInt(time) + TIME_BIAS, 3);
  return Buffer.concat([head, Buffer.from(id, 'utf8')]);
}

/** One for all: nothing waits between its first byte and `take`. */
const out = new ByteWriter();

export function writeHeader(logs: readonly EventLog[]): Buffer {
  out.byte(FORMAT);
  out.natural(logs.length);
  for (const log of logs) {
    out.natural(log.chunks.length);
    for (const chunk of log.chunks) writePlace(log.place(chunk.end - 1));
  }
  for (const { passed, base, rows, plan, tailStart } of logs) {
    out.byte((passed === null ? 0 : PASSED) | (base === null ? 0 : FOLDED));
    if (passed !== null) writePlace(passed);
    base?.save(out);
    writeRows(plan.columns, rows, tailStart, rows.end, out);
  }
  return out.take();
}

export function writeChunk(log: EventLog, c: number): Buffer {
  out.byte(FORMAT);
  writeRows(log.plan.columns, log.rows, log.chunkStart(c), log.chunks[c]!.end, out);
  return out.take();
}

/** The records that an entity with this header has beside it. */
export function headerSuffixes(plan: GroupPlan, header: Buffer): Buffer[] {
  const directory = readDirectory(plan, open(header, HEADER_SUFFIX));
  return directory.flatMap((places, event) => places.map((border) => chunkSuffix(event, border)));
}

/** Fills empty logs. */
export function readEntity(
  plan: GroupPlan,
  logs: readonly EventLog[],
  header: Buffer,
  chunkOf: (suffix: Buffer) => Buffer | undefined,
): void {
  const from = open(header, HEADER_SUFFIX);
  const directory = readDirectory(plan, from);
  for (const [event, log] of logs.entries()) {
    for (const border of directory[event]!) {
      const suffix = chunkSuffix(event, border);
      const record = chunkOf(suffix);
      if (record === undefined) throw unreadable(suffix.toString('hex'), 'is named by its header, but not there');
      readChunk(plan, log, border, open(record, suffix));
    }
    const flags = from.byte();
    if ((flags & PASSED) !== 0) log.passed = readPlace(from);
    if ((flags & FOLDED) !== 0) log.base = FoldBase.restore(log.plan.partials, from);
    readRows(log.plan.columns, log.rows, from);
  }
  from.end();
}

/** The borders of each log. */
function readDirectory(plan: GroupPlan, from: ByteReader): Place[][] {
  if (from.natural() !== plan.logs.length) from.fail(`is not of group ${plan.group.name} v${plan.group.version}`);
  return plan.logs.map(() => {
    const borders: Place[] = [];
    for (let left = from.natural(); left > 0; left--) borders.push(readPlace(from));
    return borders;
  });
}

function readChunk(plan: GroupPlan, log: EventLog, border: Place, from: ByteReader): void {
  readRows(log.plan.columns, log.rows, from);
  from.end();
  const { rows } = log;
  const kind = plan.borderOf(border.id, border.time);
  if (rows.data[rows.end - 1] !== border.time || rows.ids[rows.end - 1] !== border.id || kind === 0) {
    from.fail('does not end with its border');
  }
  const chunk = new Chunk(rows.end, kind === 2);
  chunk.dirty = false;
  chunk.stored = true;
  log.chunks.push(chunk);
}

function open(record: Buffer, suffix: Buffer): ByteReader {
  const from = new ByteReader(record, suffix.toString('hex'));
  const format = from.byte();
  if (format !== FORMAT) from.fail(`has format ${format}, and this version reads ${FORMAT}`);
  return from;
}

function writePlace({ time, id }: Place): void {
  out.integer(time);
  out.text(id);
}

const readPlace = (from: ByteReader): Place => ({ time: from.integer(), id: from.text() });
