/**
 * The value of a log's features at a time, not yet rounded.
 * Method: the canonical left fold over the events in reach: the rows up to the first border as one partial; the whole chunks behind it
 * as one (see `span-fold.ts`); the rows behind the last border as one; the scored event. Over all time the first edge is nothing. Hot:
 * no closures, nothing allocated but by sets.
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
    over(log, f, fold.partial, windowMs === null);
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

/** Adds the rows from `from` up to `to` to the value, which is empty, of partial `k` in fold `f`. */
function over(log: EventLog, f: number, k: number, allTime: boolean): void {
  const { aggregate, column, value, part } = log.plan.partials[k]!;
  const { run, chunk, row } = from;
  if (run === to.run && chunk === to.chunk && (log.base === null || !allTime)) {
    // No border is in reach: one partial.
    if (row < to.row) addRows(log, k, value, row);
    return;
  }
  let first = chunk;
  let border = 0;
  if (!allTime) {
    const edge = log.chunksOf(run)[chunk]!;
    if (row === 0) aggregate.merge(value, log.holdings.chunkPart(k, edge));
    else aggregate.add(value, rowsOf(edge), column, row, edge.size);
    border = edge.level;
    first++;
  }
  if (run === to.run && to.chunk - first < 2 && (border > 0 || log.base === null)) {
    // None or one, as in most logs: a fold of one is itself.
    if (first < to.chunk) aggregate.merge(value, log.holdings.chunkPart(k, log.chunksOf(run)[first]!));
  } else {
    const middle = log.middle(f);
    middle.reach(log, k, border, run, first, to);
    aggregate.merge(value, middle.whole);
  }
  if (to.row === 0) return;
  if (isTail(log)) {
    aggregate.merge(value, log.tailPart(k, to.row));
    return;
  }
  aggregate.reset(part);
  addRows(log, k, part, 0);
  aggregate.merge(value, part);
}

/** Adds the rows before `to`, from `row` on, of the chunk in which that lies. */
function addRows(log: EventLog, k: number, into: unknown, row: number): void {
  const { aggregate, column } = log.plan.partials[k]!;
  const rows = isTail(log) ? log.tail : rowsOf(log.chunksOf(to.run)[to.chunk]!);
  aggregate.add(into, rows, column, row, to.row);
}

const isTail = (log: EventLog) => to.run === log.supers.length && to.chunk === log.open.length;
