/**
 * The value of a log's features at a time.
 * Method: the canonical left fold over the events in reach: the rows up to the first border as one partial, chunks up to and with
 * the first that ends a super-chunk, whole super-chunks while complete, chunks, the rows behind the last border as one partial,
 * and the scored event. Hot: no closures, nothing allocated but by sets.
 * Invariant: the structure depends on the events in reach alone; what is held from before is only what folds the same.
 */
import type { Scalar } from '../topology/definition.js';
import type { EventLog } from './event-log.js';
import { leave } from './sanitize.js';

/** @param scored whether `log.plan.scored` holds the scored event, which is one of this log's */
export function query(log: EventLog, t: number, scored: boolean, out: Scalar[]): void {
  const { folds, stretches, partials, scored: self } = log.plan;
  let stretch = -1;
  let from = 0;
  let to = 0;
  let chunk = 0;
  for (let f = 0; f < folds.length; f++) {
    const fold = folds[f]!;
    if (fold.stretch !== stretch) {
      stretch = fold.stretch;
      const { windowMs, delayMs } = stretches[stretch]!;
      from = windowMs === null ? log.rows.start : log.rows.lowerBound(t - delayMs - windowMs);
      to = log.rows.lowerBound(t - delayMs);
      chunk = log.chunkAt(from);
    }
    const { aggregate, column, value, part } = partials[fold.partial]!;
    aggregate.reset(value);
    if (stretches[stretch]!.windowMs === null && log.base !== null) overAllTime(log, fold.partial, to);
    else over(log, fold.partial, from, to, chunk, false);
    if (scored && fold.withScored) {
      aggregate.reset(part);
      aggregate.add(part, self, column, 0, 1);
      aggregate.merge(value, part);
    }
    for (let i = 0; i < fold.outputs.length; i++) {
      const { feature, aggregate: last } = fold.outputs[i]!;
      out[feature] = leave(last.value(value, t));
    }
  }
}

/** Goes on from what was folded when it left the horizon. */
function overAllTime(log: EventLog, k: number, to: number): void {
  const { aggregate, value, part } = log.plan.partials[k]!;
  const base = log.base!;
  const border = base.bordered ? log.superFrom(0) : -1;
  if (border >= 0 && log.chunks[border]!.end <= to) {
    aggregate.merge(value, base.atBorder[k]);
    aggregate.reset(part);
    aggregate.merge(part, base.sinceBorder[k]);
    for (let c = 0; c <= border; c++) aggregate.merge(part, log.chunkPart(k, c));
    aggregate.merge(value, part);
    over(log, k, log.chunks[border]!.end, to, border + 1, true);
    return;
  }
  aggregate.merge(value, base.all[k]);
  // No super-chunk is complete: chunk by chunk.
  over(log, k, log.rows.start, to, 0, false);
}

/**
 * Adds the rows from `from` to `to` to the partial's value.
 * @param c the chunk that holds `from`
 * @param bordered whether a super-border was passed
 */
function over(log: EventLog, k: number, from: number, to: number, c: number, bordered: boolean): void {
  const { aggregate, column, value, part } = log.plan.partials[k]!;
  const { chunks, rows } = log;
  let at = from;
  if (c < chunks.length && chunks[c]!.end <= to && at !== log.chunkStart(c)) {
    // The first segment, and `value` is empty: only all time has a base, and it begins at a chunk's start.
    aggregate.add(value, rows, column, at, chunks[c]!.end);
    bordered = chunks[c]!.isSuper;
    at = chunks[c++]!.end;
  }
  for (; !bordered && c < chunks.length && chunks[c]!.end <= to; c++) {
    aggregate.merge(value, log.chunkPart(k, c));
    bordered = chunks[c]!.isSuper;
    at = chunks[c]!.end;
  }
  if (c < chunks.length && chunks[c]!.end <= to) {
    for (let whole = log.superFrom(c); whole >= 0 && chunks[whole]!.end <= to; whole = log.superFrom(c)) {
      aggregate.merge(value, log.superPart(k, c, whole));
      at = chunks[whole]!.end;
      c = whole + 1;
    }
    for (; c < chunks.length && chunks[c]!.end <= to; c++) {
      aggregate.merge(value, log.chunkPart(k, c));
      at = chunks[c]!.end;
    }
  }
  if (at >= to) return;
  if (c === chunks.length && at === log.tailStart) aggregate.merge(value, log.tailPart(k, to));
  else {
    aggregate.reset(part);
    aggregate.add(part, rows, column, at, to);
    aggregate.merge(value, part);
  }
}
