/**
 * Closed chunks and super-chunks: rows up to and with one whose content makes it a border.
 * Goal: whatever the length of a key's history, only what questions touch is in memory. Method: a chunk whose record is up to date
 * can let go of its rows, and a super-chunk of its chunks; what was folded of them stays.
 * Invariants: without rows a chunk has all its partials; without chunks a super-chunk has all its partials.
 */
import type { Place } from './place.js';
import type { Rows } from './rows.js';

export class Chunk implements Place {
  /** The border, its last row. */
  readonly time: number;
  readonly id: string;
  /** Time of its first row. */
  firstTime = 0;
  size = 0;
  /** Null: in the store only. */
  rows: Rows | null;
  /** Whether its rows were needed since `letGo` last came by. */
  used = false;
  /** By partial; undefined until it is asked for. */
  parts: unknown[] = [];
  /** Whether it differs from its record, and whether there is one. */
  dirty = false;
  stored = false;
  /** Whether it is no longer a part of the log. */
  gone = false;
  /** What it takes in memory, as last counted. */
  bytes = 0;

  constructor(border: Place, rows: Rows | null) {
    this.time = border.time;
    this.id = border.id;
    this.rows = rows;
  }
}

export class SuperChunk implements Place {
  readonly time: number;
  readonly id: string;
  firstTime = 0;
  /** Null: in the store only. */
  chunks: Chunk[] | null;
  /** By partial, of all its chunks; undefined until it is asked for. */
  parts: unknown[] = [];
  dirty = false;
  stored = false;
  gone = false;
  bytes = 0;

  constructor(border: Place, chunks: Chunk[] | null) {
    this.time = border.time;
    this.id = border.id;
    this.chunks = chunks;
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
