/**
 * A dead letter: the original record as it came, and in headers what was wrong and where. Its identity is the raw position;
 * repeats are allowed. A letter that was sent to its raw topic again is followed, in the same partition, by a note of that.
 * Pure; see docs/decisions/009-redrive.md.
 */
import type { HeadraceError } from '../error.js';
import type { LogRecord, Outgoing, Partition } from '../log/log.js';

const ERRORS = '__headrace.errors.';
const REDRIVEN = '__headrace.redriven.';
/** On a raw record: how often it was sent again. */
export const REDRIVE_ATTEMPT = 'headrace-redrive-attempt';
/** On a raw record that was sent again: where it stood first, `<topic>/<partition>/<offset>`. */
export const REDRIVE_POSITION = 'headrace-redrive-position';

/** Brokers take about 1 MiB by default. A larger letter goes without its value, which its raw topic still has. */
const LETTER_BYTES_MAX = 900_000;
const STACK_CHARACTERS_MAX = 4_000;

export interface Letter {
  /** Where the raw record stood. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly stack: string;
  /** Of the raw record, ms. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Bytes of a value that was not kept here: it was too large, or (0) it could not be fetched; else null. */
  readonly withheldBytes: number | null;
  /** Of the raw record. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** How often the raw record had been sent again before it was refused. */
  readonly attempt: number;
  /** When it was refused, ms. */
  readonly at: number;
}

/** That a letter was sent to its raw topic again. */
export interface Redriven {
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

/** @param withheldBytes of a value that is not kept; null: it is */
export function deadLetter(
  to: string,
  topic: string,
  partition: number,
  record: LogRecord,
  stage: string,
  error: HeadraceError,
  withheldBytes: number | null = sizeOf(record) > LETTER_BYTES_MAX ? (record.value?.length ?? 0) : null,
): Outgoing {
  const why = {
    exception: error.code,
    message: error.message,
    stacktrace: (error.stack ?? '').slice(0, STACK_CHARACTERS_MAX),
    topic,
    partition: String(partition),
    offset: String(record.offset),
    stage,
    timestamp: String(record.timestamp),
    ...(withheldBytes === null ? {} : { withheld: String(withheldBytes) }),
  };
  return {
    topic: to,
    partition,
    key: record.key,
    value: withheldBytes === null ? record.value : null,
    timestamp: record.timestamp,
    headers: { ...record.headers, ...prefixed(ERRORS, why) },
  };
}

/** What `deadLetter` wrote; null for any other record of that topic. */
export function letterOf(record: LogRecord): Letter | null {
  const header = (name: string) => record.headers[ERRORS + name]?.toString('utf8');
  const code = header('exception');
  if (code === undefined) return null;
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !name.startsWith(ERRORS)));
  const withheld = header('withheld');
  return {
    topic: header('topic') ?? '',
    partition: Number(header('partition')),
    offset: Number(header('offset')),
    stage: header('stage') ?? '',
    code,
    message: header('message') ?? '',
    stack: header('stacktrace') ?? '',
    timestamp: Number(header('timestamp') ?? record.timestamp),
    key: record.key,
    value: record.value,
    withheldBytes: withheld === undefined ? null : Number(withheld),
    headers,
    attempt: attemptOf(record),
    at: record.timestamp,
  };
}

/** How often a raw record was sent again; 0 for one that a producer sent. */
export const attemptOf = ({ headers }: Pick<LogRecord, 'headers'>): number => {
  const count = Number(headers[REDRIVE_ATTEMPT]?.toString('utf8') ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
};

/**
 * The raw record again, and the note of it that follows its letter.
 * @param letters the partition of the letter
 */
export function redriveOf(letter: Letter, letters: Partition, attempt: number): readonly [Outgoing, Outgoing] {
  const { topic, partition, offset, key, value, headers, timestamp } = letter;
  const first = headers[REDRIVE_POSITION] ?? `${topic}/${partition}/${offset}`;
  const sent = { ...headers, [REDRIVE_ATTEMPT]: String(attempt), [REDRIVE_POSITION]: first };
  const note = prefixed(REDRIVEN, {
    topic,
    partition: String(partition),
    offset: String(offset),
    attempt: String(attempt),
  });
  return [
    { topic, partition, key, value, timestamp, headers: sent },
    { topic: letters.topic, partition: letters.partition, key: null, value: null, headers: note },
  ];
}

/** What `redriveOf` noted; null for any other record. */
export function redrivenOf({ headers }: Pick<LogRecord, 'headers'>): Redriven | null {
  const number = (name: string) => Number(headers[REDRIVEN + name]?.toString('utf8'));
  if (headers[`${REDRIVEN}offset`] === undefined) return null;
  return { partition: number('partition'), offset: number('offset'), attempt: number('attempt') };
}

const prefixed = (prefix: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

function sizeOf({ key, value, headers }: LogRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += Buffer.byteLength(name) + headers[name]!.length;
  return bytes;
}
