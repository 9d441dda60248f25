/** Sums that events enter and leave: constant work, and every rounding stays in them for ever. */
import { ANSWERS, answer, type DelayRow, WINDOWS_MS } from './rows.js';

interface Window {
  /** The oldest event in it. */
  head: number;
  sum: number;
  squares: number;
}
interface History {
  readonly times: number[];
  readonly delays: number[];
  readonly windows: readonly Window[];
}

export function runningSums(rows: readonly DelayRow[], out: Float64Array): void {
  const histories = new Map<string, History>();
  let queries = 0;
  for (const { key, time, asks, delay } of rows) {
    let history = histories.get(key);
    if (history === undefined) {
      history = { times: [], delays: [], windows: WINDOWS_MS.map(() => ({ head: 0, sum: 0, squares: 0 })) };
      histories.set(key, history);
    }
    const { times, delays, windows } = history;
    if (!asks) {
      times.push(time);
      delays.push(delay);
      for (const window of windows) {
        window.sum += delay;
        window.squares += delay * delay;
      }
      continue;
    }
    const query = queries++;
    for (let w = 0; w < windows.length; w++) {
      const window = windows[w]!;
      for (; window.head < times.length && times[window.head]! < time - WINDOWS_MS[w]!; window.head++) {
        const left = delays[window.head]!;
        window.sum -= left;
        window.squares -= left * left;
      }
      const n = times.length - window.head;
      const mean = window.sum / n;
      answer(out, query * ANSWERS + w * 3, n, mean, window.squares / n - mean * mean);
    }
  }
}
