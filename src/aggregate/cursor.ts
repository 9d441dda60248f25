/** Where a log's first row that is not before a time lies: run (super-chunk, or the open one), chunk (or the tail), row. */
import { firstReaching } from './chunk.js';
import { type EventLog, rowsOf } from './event-log.js';

export interface Cursor {
  /** Index into `log.supers`; behind the last: the open run. */
  run: number;
  /** Index into the run's chunks; behind the last of the open run: the tail. */
  chunk: number;
  /** Row of that chunk, or of the tail. */
  row: number;
}

/** The first row of the log. */
export function start(cursor: Cursor): void {
  cursor.run = 0;
  cursor.chunk = 0;
  cursor.row = 0;
}

export function locate(log: EventLog, time: number, cursor: Cursor): void {
  const { supers, open, tail } = log;
  cursor.run = firstReaching(supers, time);
  cursor.chunk = 0;
  cursor.row = 0;
  const whole = supers[cursor.run];
  // Where a run or a chunk begins with it, nothing more is needed of that.
  if (whole !== undefined && whole.firstTime >= time) return;
  const chunks = whole === undefined ? open : log.chunksOf(cursor.run);
  cursor.chunk = firstReaching(chunks, time);
  if (cursor.chunk === chunks.length) cursor.row = tail.lowerBound(time);
  else if (chunks[cursor.chunk]!.firstTime < time) cursor.row = rowsOf(chunks[cursor.chunk]!).lowerBound(time);
}
