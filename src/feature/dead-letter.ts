/** A dead letter: the original record as it came, and in headers what was wrong and where. Its identity is the position. */
import type { HeadraceError } from '../error.js';
import type { LogRecord, Outgoing } from '../log/log.js';

const PREFIX = '__headrace.errors';

export function deadLetter(
  to: string,
  topic: string,
  partition: number,
  record: LogRecord,
  stage: string,
  error: HeadraceError,
): Outgoing {
  return {
    topic: to,
    partition,
    key: record.key,
    value: record.value,
    timestamp: record.timestamp,
    headers: {
      ...record.headers,
      [`${PREFIX}.exception`]: error.code,
      [`${PREFIX}.message`]: error.message,
      [`${PREFIX}.stacktrace`]: error.stack ?? '',
      [`${PREFIX}.topic`]: topic,
      [`${PREFIX}.partition`]: String(partition),
      [`${PREFIX}.offset`]: String(record.offset),
      [`${PREFIX}.stage`]: stage,
    },
  };
}
