/** Judges whether what each task goes on from is still there, and for how long: retention against checkpoints. Pure. */
import { durationText } from '../../topology/duration.js';
import { error, type Finding, ok, warning } from './finding.js';

/** Where a task would go on if it were started now. */
export interface Pointer {
  /** e.g. `compute card.v1/0` */
  readonly task: string;
  readonly topic: string;
  readonly partition: number;
  /** The next record to read. */
  readonly offset: number;
}

export interface PointerFacts extends Pointer {
  readonly start: number;
  readonly end: number;
  /** How long ago the record at `offset` was appended, ms; null where all is read. */
  readonly ageMs: number | null;
  /** Of the topic; null: for ever. */
  readonly retentionMs: number | null;
}

const minute = 60_000;
const age = (ms: number) => (ms < minute ? 'less than a minute' : durationText(Math.floor(ms / minute) * minute));

export function judgeProgress(pointers: readonly PointerFacts[]): readonly Finding[] {
  const findings: Finding[] = [];
  let well = 0;
  let oldest = 0;
  for (const { task, topic, partition, offset, start, end, ageMs, retentionMs } of pointers) {
    const where = `${topic}/${partition}`;
    if (offset < start) {
      findings.push(
        error(
          'progress',
          `${task} goes on at offset ${offset} of ${where}, which begins at ${start}: retention, or somebody who deleted records, took ${start - offset} offsets that it has not read`,
          'OFFSET_OUT_OF_RANGE in docs/operations.md',
        ),
      );
    } else if (offset > end) {
      findings.push(
        error(
          'progress',
          `${task} goes on at offset ${offset} of ${where}, which ends at ${end}: the topic was made anew, or cut`,
          'TOPIC_RECREATED in docs/operations.md',
        ),
      );
    } else if (ageMs !== null && retentionMs !== null && ageMs > retentionMs / 2) {
      findings.push(
        warning(
          'progress',
          `${task} is behind in ${where}: what it reads next is ${age(ageMs)} old, and is kept for ${durationText(retentionMs)}`,
          'let its worker catch up, or raise retention.ms of the topic until it has',
        ),
      );
    } else {
      well++;
      oldest = Math.max(oldest, ageMs ?? 0);
    }
  }
  if (well > 0) {
    const behind = oldest === 0 ? 'all is read' : `the oldest unread record is ${age(oldest)} old`;
    findings.push(ok('progress', `of ${well} places that tasks go on from, each is there; ${behind}`));
  }
  return findings;
}
