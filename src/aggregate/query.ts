/**
 * The value of a log's features at a time, not yet rounded.
 * Method: the canonical left fold over the events in reach: the rows up to the first border as one partial, chunks up to and with
 * the first that ends a super-chunk, whole super-chunks while complete, chunks, the rows behind the last border as one partial,
 * and the scored event. Hot: no closures, nothing allocated but by sets.
 * Invariant: the structure depends on the events in reach alone; what is held from before is only what folds the same.
 */
import type { Scalar } from '../topology/definition.js';
import { type Cursor, locate, start } from './cursor.js';
import { type EventLog, rowsOf } from './event-log.js';

/** One for all: a query waits for nothing. */
const from: Cursor = { run: 0, chunk: 0, row: 0 };
const to: Cursor = { run: 0, chunk: 0, row: 0 };

/** @param scored whether `log.plan.scored` holds the scored event, which is one of this log's */
export function query(log: EventLog, t: number, scored: boolean, out: Scalar[]): void {
  const { folds, stretches, partials, scored: self } = log.plan;
  let stretch = -1;
  for (let f = 0; f < folds.length; f++) {
    const fold = folds[f]!;
    const { windowMs, delayMs } = stretches[fold.stretch]!;
    if (fold.stretch !== stretch) {
      stretch = fold.stretch;
      if (windowMs === null) start(from);
      else locate(log, t - delayMs - windowMs, from);
      locate(log, t - delayMs, to);
    }
    const { aggregate, column, value, part } = partials[fold.partial]!;
    aggregate.reset(value);
    if (windowMs === null && log.base !== null) overAllTime(log, fold.partial);
    else over(log, fold.partial, from.run, from.chunk, from.row, false, true);
    if (scored && fold.withScored) {
      aggregate.reset(part);
      aggregate.add(part, self, column, 0, 1);
      aggregate.merge(value, part);
    }
    for (let i = 0; i < fold.outputs.length; i++) {
      const { feature, aggregate: last } = fold.outputs[i]!;
      out[feature] = last.value(value, t);
    }
  }
}

/** Goes on from what was folded when it left the horizon. */
function overAllTime(log: EventLog, k: number): void {
  const { aggregate, value, part } = log.plan.partials[k]!;
  const base = log.base!;
  if (base.bordered && to.run > 0) {
    aggregate.merge(value, base.atBorder[k]);
    aggregate.reset(part);
    aggregate.merge(part, base.sinceBorder[k]);
    const chunks = log.chunksOf(0);
    for (let c = 0; c < chunks.length; c++) aggregate.merge(part, log.chunkPart(k, chunks[c]!));
    aggregate.merge(value, part);
    over(log, k, 1, 0, 0, true, false);
    return;
  }
  aggregate.merge(value, base.all[k]);
  // No super-chunk is complete: chunk by chunk.
  over(log, k, 0, 0, 0, false, false);
}

/**
 * Adds the rows from (run, chunk, row) up to `to` to the partial's value.
 * @param bordered whether a super-border was passed
 * @param isEmpty whether the value is
 */
function over(
  log: EventLog,
  k: number,
  run: number,
  chunk: number,
  row: number,
  bordered: boolean,
  isEmpty: boolean,
): void {
  const { aggregate, column, value, part } = log.plan.partials[k]!;
  if (run < to.run || (run === to.run && chunk < to.chunk)) {
    isEmpty = false;
    if (!bordered) {
      // The run's chunks one by one: up to its super-border, if that is in reach.
      const chunks = log.chunksOf(run);
      const last = run < to.run ? chunks.length : to.chunk;
      if (row > 0) {
        // The first segment, and `value` is empty: only all time has a base, and it begins at a chunk's start.
        const rows = rowsOf(chunks[chunk]!);
        aggregate.add(value, rows, column, row, rows.end);
        chunk++;
        row = 0;
      }
      for (; chunk < last; chunk++) aggregate.merge(value, log.chunkPart(k, chunks[chunk]!));
      if (run < to.run) {
        run++;
        chunk = 0;
      }
    }
    for (; run < to.run; run++) aggregate.merge(value, log.superPart(k, run));
    if (chunk < to.chunk) {
      const chunks = log.chunksOf(run);
      for (; chunk < to.chunk; chunk++) aggregate.merge(value, log.chunkPart(k, chunks[chunk]!));
    }
  }
  if (row >= to.row) return;
  const chunks = to.run < log.supers.length ? log.chunksOf(to.run) : log.open;
  const isTail = to.chunk === chunks.length;
  if (row === 0 && isTail) {
    aggregate.merge(value, log.tailPart(k, to.row));
    return;
  }
  const rows = isTail ? log.tail : rowsOf(chunks[to.chunk]!);
  if (isEmpty) {
    // What is merged into an empty partial is what it is then.
    aggregate.add(value, rows, column, row, to.row);
    return;
  }
  aggregate.reset(part);
  aggregate.add(part, rows, column, row, to.row);
  aggregate.merge(value, part);
}
