/**
 * Spans: what lies between two borders of a level, or of higher ones; a chunk is a span of level 1, a super-chunk one of `SUPER_LEVEL`.
 * Goal: what a late event changes is folded again in a few merges a level, however long the history. Method: a span of a level is
 * about as many spans of the level below as the plan's fan-out; the last chunk, or super-chunk, of a span of a higher level keeps its partials.
 */
import type { Place } from './place.js';

/** Of the level from which on spans have records of their own. */
export const SUPER_LEVEL = 4;

/** For all that end no span above their own, or of which none was asked for; never written to. */
export const NO_SPANS: readonly never[] = [];

/** A chunk or a super-chunk, in a list of them. */
export interface Spanned extends Place {
  /** Of its border: the highest level of a span that it ends. */
  readonly level: number;
  /** The level of a span that it is by itself. */
  readonly lowest: number;
  /** Of the spans above that that it ends, from the lowest on, by partial; undefined until it is asked for. */
  spans: readonly unknown[][];
}

/** The first from `from` on that ends a span of a level, before `limit`; `limit` where there is none. */
export function endOf(list: readonly Spanned[], from: number, level: number, limit = list.length): number {
  let at = from;
  while (at < limit && list[at]!.level < level) at++;
  return at;
}

/** The first of the span of a level that `end` ends. */
export function beginOf(list: readonly Spanned[], end: number, level: number): number {
  let at = end;
  while (at > 0 && list[at - 1]!.level < level) at--;
  return at;
}
