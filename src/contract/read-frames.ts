/**
 * Records of Headrace's own topics, decoded, or refused by name.
 * Goal: a record that is no frame (somebody else wrote to the topic, or the registry does not know its schema) stops whoever reads it,
 * and says where it lies and what a person can do. Nothing is passed over here: see `withoutRecords`.
 * Errors: `FRAME_UNREADABLE`; of `Reader.prepare` (`SCHEMA_UNKNOWN`, `SCHEMA_INCOMPATIBLE`, `REGISTRY_UNAVAILABLE`), each with the place.
 */
import type { Reader } from '../codec/avro.js';
import { HeadraceError } from '../error.js';
import type { LogRecord, Partition } from '../log/log.js';

export interface ReadFrame<T> {
  readonly offset: number;
  /** Of the record, ms. */
  readonly timestamp: number;
  readonly frame: T;
}

/** Of the records that have a value, in order. Where it fails nothing was read: it can be called again with the same. */
export async function readFrames<T>(
  reader: Reader<T>,
  at: Partition,
  records: readonly LogRecord[],
): Promise<ReadFrame<T>[]> {
  try {
    await reader.prepare(records.map(({ value }) => value));
  } catch (cause) {
    const first = records.find(({ value }) => value !== null && !reader.ready(value));
    throw first === undefined ? cause : placed(at, first.offset, cause);
  }
  const frames: ReadFrame<T>[] = [];
  for (const { offset, timestamp, value } of records) {
    if (value === null) continue;
    try {
      frames.push({ offset, timestamp, frame: reader.decode(value) });
    } catch (cause) {
      throw placed(at, offset, cause);
    }
  }
  return frames;
}

/** The same of one record, such as a topic's last; null for none. */
export async function readFrame<T>(reader: Reader<T>, at: Partition, record: LogRecord | null): Promise<T | null> {
  return record === null ? null : ((await readFrames(reader, at, [record]))[0]?.frame ?? null);
}

function placed(at: Partition, offset: number, cause: unknown): unknown {
  if (!(cause instanceof HeadraceError)) return cause;
  const place = `${at.topic}/${at.partition}/${offset}`;
  const where = `${at.topic}/${at.partition} offset ${offset}`;
  const details = { topic: at.topic, partition: at.partition, offset, cause };
  if (cause.code === 'REGISTRY_UNAVAILABLE') {
    return new HeadraceError(cause.code, `${where}: ${cause.message}`, { remedy: cause.remedy, ...details });
  }
  const past = `if it is none of Headrace's, which alone writes to this topic, set HEADRACE_FOREIGN_RECORDS=${place} and start the workers again`;
  if (cause.code === 'RECORD_UNREADABLE') {
    return new HeadraceError('FRAME_UNREADABLE', `${where}: ${cause.message}; ${past}`, {
      remedy: 'fix-environment',
      ...details,
    });
  }
  return new HeadraceError(cause.code, `${where}: ${cause.message}; ${past}`, { remedy: cause.remedy, ...details });
}
