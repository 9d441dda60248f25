/**
 * Lets `admit` go on behind what it cannot read, where waiting does not help: a person's decision, written down.
 * Method: an admitted frame without rows, from where `admit` stands to what can be read again. Readers take it as they take a mark:
 * considered, and nothing existed there. A second one, or one that `admit` writes at the same moment, is dropped by position.
 * What is given up: records that retention took; records whose schema the registry does not know, or that no value of can be read
 * (each becomes a dead letter, acknowledged before the frame, and can be redriven once it can be read); a batch that cannot be unpacked
 * (one letter without value for all of it).
 */
import type { Codec, Reader } from '../codec/avro.js';
import { type AdmittedFrame, admittedSchema, NO_MARK } from '../contract/frames.js';
import { readFrame } from '../contract/read-frames.js';
import { admittedTopic, deadLettersTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { SKIPPED_CODES } from '../feature/admit.js';
import { deadLetter } from '../feature/dead-letter.js';
import { type Log, type LogRecord, lastRecord, type Producer, readToEnd } from '../log/log.js';
import type { EventDefinition } from '../topology/definition.js';

export interface Skipped {
  readonly topic: string;
  readonly partition: number;
  /** The first raw offset that was not considered. */
  readonly from: number;
  /** The first that is considered next. */
  readonly to: number;
  /** Why `admit` cannot read them. */
  readonly code: string;
  readonly message: string;
  /** Dead letters that are written of them. */
  readonly letters: number;
  readonly written: boolean;
}

export interface SkipOptions {
  readonly topology: string;
  readonly event: EventDefinition;
  readonly partition: number;
  /** Whether it is only said what would be written. */
  readonly dryRun: boolean;
  /** Records at most that become dead letters. */
  readonly max: number;
  readonly log: Log;
  readonly codec: Codec;
}

interface Refused {
  readonly record: LogRecord;
  readonly error: HeadraceError;
  /** Whether the record could not even be fetched. */
  readonly withheld: boolean;
}
interface Given {
  readonly to: number;
  readonly error: HeadraceError;
  readonly letters: number;
}

/** A batch is given up as a whole. */
const BATCH_CODES: ReadonlySet<string> = new Set(['BATCH_UNREADABLE', 'BATCH_TOO_LARGE', 'CODEC_UNSUPPORTED']);

/** Errors: `NOTHING_LOST`, `PARTITION_UNKNOWN`, `TOPIC_UNKNOWN`, `REGISTRY_UNAVAILABLE` */
export async function skipUnreadable(options: SkipOptions): Promise<Skipped> {
  const { topology, event, partition, dryRun, log, codec } = options;
  const { topic } = event;
  const out = admittedTopic(topology, topic);
  const there = await log.identify([topic, out]);
  if (partition >= Math.min(...[topic, out].map((name) => there.get(name)?.partitions ?? partition + 1))) {
    throw new HeadraceError('PARTITION_UNKNOWN', `${topic} has no partition ${partition} that was admitted`, {
      remedy: 'fix-input',
    });
  }
  const at = { topic, partition };
  const [bounds] = await log.offsets([at]);
  const outAt = { topic: out, partition };
  const schema = admittedSchema(event);
  const frame = await readFrame(codec.reader<AdmittedFrame>(schema), outAt, await lastRecord(log, outAt));
  const from = frame?.after ?? bounds!.start;
  const producer = dryRun ? null : await log.producer();
  try {
    const given =
      from < bounds!.start
        ? { to: bounds!.start, error: lost(at, from, bounds!.start), letters: 0 }
        : await giveUp(options, from, producer);
    if (given === null) {
      throw new HeadraceError(
        'NOTHING_LOST',
        `admit of ${topic}/${partition} ${frame === null ? 'has not begun' : `goes on at offset ${from}`}, the partition begins at ${bounds!.start}, and what comes next can be read: there is nothing to skip`,
        { remedy: 'fix-input', topic, partition },
      );
    }
    const { to, error, letters } = given;
    if (producer !== null) {
      const writer = await codec.writer<AdmittedFrame>(out, schema);
      const { known = NO_MARK, mark = NO_MARK } = frame ?? {};
      const value = writer.encode({ before: frame?.after ?? 0, after: to, known, mark, rows: [] });
      await producer.send([{ ...outAt, value }]);
    }
    return { topic, partition, from, to, code: error.code, message: error.message, letters, written: !dryRun };
  } finally {
    await producer?.close();
  }
}

const lost = ({ topic, partition }: { topic: string; partition: number }, from: number, to: number) =>
  new HeadraceError('OFFSET_OUT_OF_RANGE', `retention took offsets ${from} to ${to - 1} of ${topic}/${partition}`, {
    remedy: 'fix-environment',
  });

/** Writes the letters of what cannot be read from there on. @returns null where the next record can be read, or there is none */
async function giveUp(options: SkipOptions, from: number, producer: Producer | null): Promise<Given | null> {
  const { topology, event, partition, log, codec, max } = options;
  const { topic } = event;
  const letter = async ({ record, error, withheld }: Refused) => {
    const to = deadLettersTopic(topology, topic);
    await producer?.send([deadLetter(to, topic, partition, record, 'skip', error, withheld ? 0 : undefined)]);
  };
  const reader = codec.reader(event.schema, { wide: true });
  const given: Given[] = [];
  try {
    for await (const record of readToEnd(log, { topic, partition }, from)) {
      const error = await schemaMissing(reader, record);
      if (error === null || given.length === max) break;
      await letter({ record, error, withheld: false });
      given.push({ to: record.offset + 1, error, letters: given.length + 1 });
    }
  } catch (cause) {
    const { code, message, details } = cause as HeadraceError;
    if (!BATCH_CODES.has(code)) throw cause;
    // Behind records of which letters were written it is the next one's turn.
    if (given.length > 0) return given.at(-1)!;
    const to = Number(details.next);
    const error = new HeadraceError(code, `offsets ${from} to ${to - 1} are given up: ${message}`, {
      remedy: 'fix-input',
      cause,
    });
    const record = { offset: from, timestamp: Date.now(), key: null, value: null, headers: {} };
    await letter({ record, error, withheld: true });
    return { to, error, letters: 1 };
  }
  return given.at(-1) ?? null;
}

async function schemaMissing(reader: Reader<unknown>, { value }: LogRecord): Promise<HeadraceError | null> {
  try {
    await reader.prepare([value]);
    return null;
  } catch (cause) {
    if (cause instanceof HeadraceError && SKIPPED_CODES.has(cause.code)) return cause;
    throw cause;
  }
}
