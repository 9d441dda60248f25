/**
 * Closed chunks and super-chunks: rows up to and with one whose content makes it a border.
 * Goal: whatever the length of a key's history, only what questions touch is in memory. Method: a chunk whose record is up to date
 * can let go of its rows, and a super-chunk of its chunks; what was folded of them stays.
 * Invariants: without rows a chunk has all its partials; without chunks a super-chunk has all its partials.
 */
import type { Place } from './place.js';
import type { Rows } from './rows.js';
import { NO_SPANS, type Spanned, SUPER_LEVEL } from './spans.js';

export class Chunk implements Spanned {
  /** The border, its last row. */
  readonly time: number;
  readonly id: string;
  readonly level: number;
  /** Time of its first row. */
  firstTime = 0;
  size = 0;
  /** Null: in the store only. */
  rows: Rows | null;
  /** Whether its rows were needed since `letGo` last came by. */
  used = false;
  /** By partial; undefined until it is asked for. */
  parts: unknown[] = [];
  spans: readonly unknown[][] = NO_SPANS;
  /** Whether it differs from its record, and whether there is one. */
  dirty = false;
  stored = false;
  /** Whether it is no longer a part of the log. */
  gone = false;
  /** What it takes in memory, as last counted. */
  bytes = 0;

  constructor(border: Place, level: number, rows: Rows | null) {
    this.time = border.time;
    this.id = border.id;
    this.level = level;
    this.rows = rows;
  }

  get lowest(): number {
    return 1;
  }
}

export class SuperChunk implements Spanned {
  readonly time: number;
  readonly id: string;
  readonly level: number;
  firstTime = 0;
  /** Null: in the store only. */
  chunks: Chunk[] | null;
  /** By partial, of all its chunks; undefined until it is asked for. */
  parts: unknown[] = [];
  spans: readonly unknown[][] = NO_SPANS;
  dirty = false;
  stored = false;
  gone = false;
  bytes = 0;

  constructor(border: Place, level: number, chunks: Chunk[] | null) {
    this.time = border.time;
    this.id = border.id;
    this.level = level;
    this.chunks = chunks;
  }

  get lowest(): number {
    return SUPER_LEVEL;
  }
}

/** The first one whose border is not before `time`; the length of the list where there is none. */
export function firstReaching(list: readonly Place[], time: number): number {
  let low = 0;
  let high = list.length;
  if (high > 0 && list[high - 1]!.time < time) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
