/** Every query looks at its events again: at all of its key, or at those of each window. */
import { ANSWERS, answer, type DelayRow, lowerBound, WINDOWS_MS } from './rows.js';

interface History {
  readonly times: number[];
  readonly delays: number[];
}

/** Every query with what its key has brought before it. */
function* queriesOf(rows: readonly DelayRow[]): Generator<{ history: History; time: number; query: number }> {
  const histories = new Map<string, History>();
  let queries = 0;
  for (const { key, time, asks, delay } of rows) {
    let history = histories.get(key);
    if (history === undefined) {
      history = { times: [], delays: [] };
      histories.set(key, history);
    }
    if (asks) yield { history, time, query: queries++ };
    else {
      history.times.push(time);
      history.delays.push(delay);
    }
  }
}

/** @param every only each so-many-th query is made; the others' answers stay as they are */
export function naiveScan(rows: readonly DelayRow[], out: Float64Array, every: number, bisect: boolean): void {
  for (const { history, time, query } of queriesOf(rows)) {
    if (query % every !== 0) continue;
    for (let w = 0; w < WINDOWS_MS.length; w++) {
      scan(history, time - WINDOWS_MS[w]!, time, bisect, out, query * ANSWERS + w * 3);
    }
  }
}

function scan(
  { times, delays }: History,
  from: number,
  before: number,
  bisect: boolean,
  out: Float64Array,
  at: number,
): void {
  const start = bisect ? lowerBound(times, from) : 0;
  let n = 0;
  let sum = 0;
  for (let i = start; i < times.length; i++) {
    if (times[i]! < from || times[i]! >= before) continue;
    n++;
    sum += delays[i]!;
  }
  const mean = sum / n;
  let squares = 0;
  for (let i = start; i < times.length; i++) {
    if (times[i]! < from || times[i]! >= before) continue;
    squares += (delays[i]! - mean) ** 2;
  }
  answer(out, at, n, mean, squares / n);
}

/** What is right: sums compensated (Neumaier), then rounded; deviations from the mean of that. */
export function exact(rows: readonly DelayRow[], out: Float64Array): void {
  for (const { history, time, query } of queriesOf(rows)) {
    const { times, delays } = history;
    for (let w = 0; w < WINDOWS_MS.length; w++) {
      const from = lowerBound(times, time - WINDOWS_MS[w]!);
      const to = lowerBound(times, time);
      const mean = compensated(from, to, (i) => delays[i]!) / (to - from);
      const squares = compensated(from, to, (i) => (delays[i]! - mean) ** 2);
      answer(out, query * ANSWERS + w * 3, to - from, mean, squares / (to - from));
    }
  }
}

function compensated(from: number, to: number, value: (i: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const v = value(i);
    const next = sum + v;
    lost += Math.abs(sum) >= Math.abs(v) ? sum - next + v : v - next + sum;
    sum = next;
  }
  return sum + lost;
}
