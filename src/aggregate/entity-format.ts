/**
 * An entity as records: a header, one record a super-chunk, one record a closed chunk.
 * Goal: a hot entity rewrites little, and a question reads little. Method: the header holds what changes often: tails, folds, the
 * borders of super-chunks and the directory of the open run; a super-chunk's record is the directory of its chunks. A directory
 * tells of each chunk its border and that one's level, its first time, its size and its partials, so that rows are read only at the
 * edges of windows. A record is named by its event and its border, so a late event rewrites the records of the chunk that it changes.
 * Errors: `STATE_UNREADABLE`, `STATE_FORMAT`.
 */
import { LEVEL_MAX } from './border.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { Chunk, SuperChunk } from './chunk.js';
import { EventLog } from './event-log.js';
import { FoldBase } from './fold-base.js';
import type { Place } from './place.js';
import type { GroupPlan, LogPlan } from './plan.js';
import { readRows, skipRows, writeRows } from './record-format.js';
import { Rows } from './rows.js';
import { SUPER_LEVEL } from './spans.js';

/** Older ones are of another arithmetic: what they hold over all time cannot go on in this one. */
const HEADER_FORMAT = 4;
const SUPER_FORMAT = 2;
const CHUNK_FORMAT = 1;
/** That a newer version may have. */
const FORMATS_AHEAD = 8;
/** The header's own suffix; the others begin with another byte. */
export const HEADER_SUFFIX = Buffer.from([0]);
const CHUNK_SUFFIX = 1;
const SUPER_SUFFIX = 2;
/** Flags of a log in the header. */
const HELD = 1;
const PASSED = 2;
const FOLDED = 4;
/** An entity is mostly loaded for an event that comes. */
const ROOM_ROWS = 1;
/** Added to a time so that its bytes sort as it does. */
const TIME_BIAS = 2n ** 63n;

/** Names a chunk's record: event, border's time, border's id. */
export const chunkSuffix = (event: number, border: Place) => suffix(CHUNK_SUFFIX, event, border);
export const superSuffix = (event: number, border: Place) => suffix(SUPER_SUFFIX, event, border);

function suffix(kind: number, event: number, { time, id }: Place): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(kind, 0);
  head.writeUInt16BE(event, 1);
  head.writeBigUInt64BE(BigInt(time) + TIME_BIAS, 3);
  return Buffer.concat([head, Buffer.from(id, 'utf8')]);
}

/** One for all: nothing waits between its first byte and `take`. */
const out = new ByteWriter();

export function writeHeader(logs: readonly (EventLog | null)[]): Buffer {
  out.byte(HEADER_FORMAT);
  out.natural(logs.length);
  for (const log of logs) {
    if (log === null || log.isEmpty) {
      out.byte(0);
      continue;
    }
    const { passed, base, supers, open, tail, plan } = log;
    out.byte(HELD | (passed === null ? 0 : PASSED) | (base === null ? 0 : FOLDED));
    if (passed !== null) writePlace(passed);
    base?.save(out);
    out.natural(supers.length);
    for (const whole of supers) {
      writePlace(whole);
      out.byte(whole.level);
      out.integer(whole.firstTime);
    }
    writeDirectory(log, open);
    writeRows(plan.columns, tail, 0, tail.end, out);
  }
  return out.take();
}

export function writeSuper(log: EventLog, whole: SuperChunk): Buffer {
  out.byte(SUPER_FORMAT);
  writeDirectory(log, whole.chunks!);
  return out.take();
}

export function writeChunk(log: EventLog, chunk: Chunk): Buffer {
  out.byte(CHUNK_FORMAT);
  writeRows(log.plan.columns, chunk.rows!, 0, chunk.rows!.end, out);
  return out.take();
}

function writeDirectory(log: EventLog, chunks: readonly Chunk[]): void {
  const { partials } = log.plan;
  out.natural(chunks.length);
  for (const chunk of chunks) {
    writePlace(chunk);
    out.byte(chunk.level);
    out.integer(chunk.firstTime);
    out.natural(chunk.size);
    const parts = log.holdings.partsOf(chunk);
    for (let k = 0; k < partials.length; k++) partials[k]!.aggregate.save(parts[k], out);
  }
}

/** @returns a log for each event; null for one without events */
export function readHeader(plan: GroupPlan, header: Buffer): (EventLog | null)[] {
  const from = open(header, HEADER_SUFFIX, HEADER_FORMAT);
  checkLogs(plan, from);
  const logs: (EventLog | null)[] = new Array(plan.logs.length);
  for (let i = 0; i < logs.length; i++) logs[i] = readLog(plan.logs[i]!, from);
  from.end();
  return logs;
}

function readLog(plan: LogPlan, from: ByteReader): EventLog | null {
  const flags = from.byte();
  if ((flags & HELD) === 0) return null;
  const log = new EventLog(plan);
  if ((flags & PASSED) !== 0) log.passed = readPlace(from);
  if ((flags & FOLDED) !== 0) log.base = FoldBase.restore(plan.partials, from);
  const supers = from.natural();
  if (supers > 0) log.supers = [];
  for (let left = supers; left > 0; left--) {
    const whole = new SuperChunk(readPlace(from), readLevel(from, SUPER_LEVEL, LEVEL_MAX), null);
    whole.firstTime = from.integer();
    log.supers.push(whole);
    log.holdings.restoredSuper(whole);
  }
  const chunks = from.natural();
  if (chunks > 0) log.open = readDirectory(log, from, chunks);
  for (const chunk of log.open) log.holdings.restored(chunk);
  readRows(plan.columns, log.tail, from, ROOM_ROWS);
  return log;
}

/** Whether eviction of what lies before a time leaves nothing; an entity without closed chunks, as most are, is not made for that. */
export function isHeaderPast(plan: GroupPlan, header: Buffer, before: number): boolean {
  return tailsArePast(plan, header, before) ?? readHeader(plan, header).every((log) => log?.isPast(before) ?? true);
}

/** Null: tails are not all that there is. */
function tailsArePast(plan: GroupPlan, header: Buffer, before: number): boolean | null {
  const from = open(header, HEADER_SUFFIX, HEADER_FORMAT);
  checkLogs(plan, from);
  for (const { columns, allTime } of plan.logs) {
    const flags = from.byte();
    if ((flags & HELD) === 0) continue;
    if (allTime) return false;
    if ((flags & PASSED) !== 0) skipPlace(from);
    const closed = from.natural() > 0 || from.natural() > 0;
    if (closed) return null;
    if (skipRows(columns, from) >= before) return false;
  }
  from.end();
  return true;
}

export function giveSuper(log: EventLog, whole: SuperChunk, name: Buffer, record: Buffer): void {
  const from = open(record, name, SUPER_FORMAT);
  const chunks = readDirectory(log, from, from.natural());
  from.end();
  const last = chunks.at(-1);
  if (last?.time !== whole.time || last.id !== whole.id || last.level !== whole.level) {
    from.fail('does not end with its border');
  }
  log.holdings.giveChunks(whole, chunks);
}

export function giveChunk(log: EventLog, chunk: Chunk, name: Buffer, record: Buffer): void {
  const rows = new Rows(log.plan.columns);
  const from = open(record, name, CHUNK_FORMAT);
  readRows(log.plan.columns, rows, from);
  from.end();
  const last = rows.end - 1;
  if (rows.end !== chunk.size || rows.data[last] !== chunk.time || rows.id(last) !== chunk.id) {
    from.fail('does not end with its border');
  }
  log.holdings.giveRows(chunk, rows);
}

function readDirectory({ plan }: EventLog, from: ByteReader, count: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let left = count; left > 0; left--) {
    const chunk = new Chunk(readPlace(from), readLevel(from, 1, LEVEL_MAX), null);
    chunk.firstTime = from.integer();
    chunk.size = from.natural();
    for (const { aggregate } of plan.partials) chunk.parts.push(aggregate.restore(from));
    chunks.push(chunk);
  }
  return chunks;
}

function checkLogs(plan: GroupPlan, from: ByteReader): void {
  if (from.natural() !== plan.logs.length) from.fail(`is not of group ${plan.group.name} v${plan.group.version}`);
}

function open(record: Buffer, name: Buffer, format: number): ByteReader {
  const from = new ByteReader(record, name.toString('hex'));
  const found = from.byte();
  if (found === format) return from;
  // Anything else is no format, but damage.
  if (found > 0 && found <= format + FORMATS_AHEAD) from.refuse(found, format);
  return from.fail(`begins with ${found}, which is no format`);
}

function writePlace({ time, id }: Place): void {
  out.integer(time);
  out.text(id);
}

function skipPlace(from: ByteReader): void {
  from.integer();
  from.skipText();
}

function readLevel(from: ByteReader, least: number, most: number): number {
  const level = from.byte();
  if (level < least || level > most) from.fail(`has a border of level ${level}`);
  return level;
}

const readPlace = (from: ByteReader): Place => ({ time: from.integer(), id: from.text() });
