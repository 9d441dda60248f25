/**
 * What becomes of each raw record: a mark, an admitted row, or a dead letter. No I/O: schemas are in hand when it is asked.
 * Invariant: known time never falls.
 */
import type { Reader } from '../codec/avro.js';
import type { AdmittedRow } from '../contract/frames.js';
import { HeadraceError } from '../error.js';
import type { LogRecord } from '../log/log.js';
import type { EventDefinition, Scalar } from '../topology/definition.js';
import { type CheckedEvent, checkEvent, checkExact, KNOWN_UNTIL, markOf } from './check-event.js';
import { attemptOf } from './dead-letter.js';
import type { InputHealth } from './input-health.js';
import { type LongFields, roundedCount } from './long-fields.js';

export type Verdict =
  | { readonly kind: 'mark'; readonly mark: number }
  /** `known` is the partition's with this record. */
  | { readonly kind: 'row'; readonly row: AdmittedRow }
  | { readonly kind: 'refused'; readonly record: LogRecord; readonly error: HeadraceError };

export interface JudgeOptions {
  readonly event: EventDefinition;
  readonly reader: Reader<Record<string, Scalar>>;
  readonly health: InputHealth;
  readonly longs: LongFields;
  readonly frameBytesMax: number;
}

/**
 * @param known of the partition before these records
 * @param latestMs the clock plus the bound on skew
 * Errors: those of `InputHealth`; then none of the records is to be passed on
 */
export function judge(
  records: readonly LogRecord[],
  known: number,
  latestMs: number,
  { event, reader, health, longs, frameBytesMax }: JudgeOptions,
): readonly Verdict[] {
  const check = (record: LogRecord): (CheckedEvent & { fields: Record<string, Scalar> }) | HeadraceError => {
    try {
      const fields = decoded(record, reader, frameBytesMax);
      checkExact(fields, longs.exact);
      return { ...checkEvent(event, fields, record.timestamp, latestMs), fields };
    } catch (error) {
      if (error instanceof HeadraceError) return error;
      throw error;
    }
  };
  let latest = known;
  return records.map((record): Verdict => {
    const mark = markOf(record);
    if (mark !== null) return { kind: 'mark', mark };
    // What a person has sent again says nothing of the producer.
    const counts = attemptOf(record) === 0;
    const checked = check(record);
    if (checked instanceof HeadraceError) {
      if (counts) health.refused(record.offset, checked);
      return { kind: 'refused', record, error: checked };
    }
    const { id, time, known: own, fields } = checked;
    health.roundedLongs += roundedCount(fields, longs.rounded);
    if (counts) health.admitted(record.offset, time, own, latest);
    latest = Math.max(latest, own);
    return { kind: 'row', row: { offset: record.offset, known: latest, time, id, event: fields } };
  });
}

function decoded(
  { value }: LogRecord,
  reader: Reader<Record<string, Scalar>>,
  frameBytesMax: number,
): Record<string, Scalar> {
  if (value === null) {
    throw new HeadraceError('RECORD_EMPTY', `record has neither a value nor the header ${KNOWN_UNTIL}`, {
      remedy: 'fix-input',
    });
  }
  if (value.length > frameBytesMax) {
    throw new HeadraceError(
      'RECORD_TOO_LARGE',
      `record has ${value.length} bytes, more than HEADRACE_FRAME_BYTES_MAX (${frameBytesMax})`,
      { remedy: 'fix-input' },
    );
  }
  return reader.decode(value);
}
