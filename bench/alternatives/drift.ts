/** How far answers lie from the right ones, both rounded to float32 as features are. */
import { ANSWERS } from './rows.js';

export interface Drift {
  /** Share of means and of standard deviations that are another float32 than the right one. */
  readonly differingMeans: number;
  readonly differingStds: number;
  /** Largest difference, in the unit of the values. */
  readonly meanOff: number;
  readonly stdOff: number;
}

/** @param counted which answers of `right` are looked at, by query and window */
export function drift(
  right: Float64Array,
  given: Float64Array,
  counted: (query: number, window: number) => boolean,
): Drift {
  let n = 0;
  const differing = [0, 0];
  const off = [0, 0];
  for (let at = 0; at < right.length; at += 3) {
    if (right[at] === 0 || !counted(Math.floor(at / ANSWERS), (at % ANSWERS) / 3)) continue;
    n++;
    for (const which of [0, 1]) {
      const a = Math.fround(right[at + 1 + which]!);
      const b = Math.fround(given[at + 1 + which]!);
      if (!Object.is(a, b)) differing[which]!++;
      off[which] = Math.max(off[which]!, Math.abs(a - b));
    }
  }
  return { differingMeans: differing[0]! / n, differingStds: differing[1]! / n, meanOff: off[0]!, stdOff: off[1]! };
}
