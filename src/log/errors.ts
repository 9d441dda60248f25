/** The errors that both logs throw, worded once. */
import { HeadraceError } from '../error.js';
import type { Partition } from './log.js';

export const nameOf = ({ topic, partition }: Partition): string => `${topic}[${partition}]`;

/** @param range the offsets that a reader may start from, both included */
export function outOfRange(
  at: Partition & { readonly offset: number },
  range: { start: number; end: number },
): HeadraceError {
  const why =
    at.offset < range.start ? 'retention has taken it' : 'it was never written, or the topic was created anew';
  return new HeadraceError(
    'OFFSET_OUT_OF_RANGE',
    `offset ${at.offset} of ${nameOf(at)} is out of range: it holds ${range.start} to ${range.end} (${why}); nothing was skipped`,
    { remedy: 'fix-environment', topic: at.topic, partition: at.partition, offset: at.offset, ...range },
  );
}

export function topicUnknown(topic: string, partition?: number): HeadraceError {
  const name = partition === undefined ? `topic ${topic}` : `partition ${topic}[${partition}]`;
  return new HeadraceError('TOPIC_UNKNOWN', `${name} does not exist; create it, or start the pipeline that writes it`, {
    remedy: 'fix-environment',
    topic,
    partition,
  });
}

export const topicRecreated = (topic: string): HeadraceError =>
  new HeadraceError(
    'TOPIC_RECREATED',
    `topic ${topic} was deleted and made anew while it was read: its offsets name other records now, and none of them was read; see docs/operations.md`,
    { remedy: 'fix-environment', topic },
  );

export function producerFenced(transactionalId: string, cause?: unknown): HeadraceError {
  return new HeadraceError(
    'PRODUCER_FENCED',
    `another producer has taken over the transactional id ${transactionalId}; this one can write no more`,
    { remedy: 'restart-task', transactionalId, cause },
  );
}

/** @param what what was tried, e.g. `fetch of admitted[3]` */
export function unavailable(what: string, cause?: unknown): HeadraceError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new HeadraceError('LOG_UNAVAILABLE', `${what} failed${reason}; check the brokers and KAFKA_BROKERS`, {
    remedy: 'retry',
    cause,
  });
}

/** The brokers answered, and will not: too large, not allowed, bad settings. */
export function refused(what: string, reason: string, details: Readonly<Record<string, unknown>> = {}): HeadraceError {
  return new HeadraceError('LOG_REFUSED', `the brokers refuse ${what}: ${reason}`, {
    remedy: 'fix-environment',
    ...details,
  });
}

export const closed = (what: string): HeadraceError =>
  new HeadraceError('LOG_CLOSED', `${what} is closed`, { remedy: 'restart-task' });
