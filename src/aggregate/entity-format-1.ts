/**
 * Reads an entity's header of format 1, which had one directory of chunks without partials.
 * Goal: state of an older version goes on. Method: the rows of all its chunks are inserted in order, which gives the same chunks, since
 * borders are decided by content; the next checkpoint writes everything in the new format.
 */
import { unreadable } from './byte-reader.js';
import { checkLogs, chunkSuffix, HEADER_SUFFIX, open, readChunkRows, readPlace } from './entity-format.js';
import { EventLog } from './event-log.js';
import { FoldBase } from './fold-base.js';
import type { Place } from './place.js';
import type { GroupPlan } from './plan.js';
import { readRows } from './record-format.js';
import { Rows } from './rows.js';

export const OLD_FORMAT = 1;
const PASSED = 1;
const FOLDED = 2;

/** The records that `readOld` asks for. */
export function oldSuffixes(plan: GroupPlan, header: Buffer): Buffer[] {
  const directory = readBorders(plan, open(header, HEADER_SUFFIX, OLD_FORMAT));
  return directory.flatMap((places, event) => places.map((border) => chunkSuffix(event, border)));
}

export function readOld(
  plan: GroupPlan,
  header: Buffer,
  chunkOf: (suffix: Buffer) => Buffer | undefined,
): (EventLog | null)[] {
  const from = open(header, HEADER_SUFFIX, OLD_FORMAT);
  const directory = readBorders(plan, from);
  const logs = plan.logs.map((logPlan, event) => {
    const log = new EventLog(plan, logPlan);
    for (const border of directory[event]!) {
      const suffix = chunkSuffix(event, border);
      const record = chunkOf(suffix);
      if (record === undefined) throw unreadable(suffix.toString('hex'), 'is named by its header, but not there');
      const rows = new Rows(logPlan.columns);
      readChunkRows(logPlan.columns, rows, suffix, record);
      insertAll(log, rows);
    }
    const flags = from.byte();
    const passed = (flags & PASSED) !== 0 ? readPlace(from) : null;
    if ((flags & FOLDED) !== 0) log.base = FoldBase.restoreOld(logPlan.partials, from);
    const tail = new Rows(logPlan.columns);
    readRows(logPlan.columns, tail, from);
    insertAll(log, tail);
    log.passed = passed;
    for (const chunk of [...log.supers.flatMap((whole) => whole.chunks!), ...log.open]) chunk.stored = true;
    return log;
  });
  from.end();
  return logs;
}

function insertAll(log: EventLog, rows: Rows): void {
  const { columns } = log.plan;
  for (let i = 0; i < rows.end; i++) {
    log.insert(rows.data[i]!, rows.id(i), columns.valuesAt(rows, i));
  }
}

/** The borders of each log. */
function readBorders(plan: GroupPlan, from: ReturnType<typeof open>): Place[][] {
  checkLogs(plan, from);
  return plan.logs.map(() => {
    const borders: Place[] = [];
    for (let left = from.natural(); left > 0; left--) borders.push(readPlace(from));
    return borders;
  });
}
