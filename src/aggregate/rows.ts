/**
 * Events of one log in columns, in (time, id bytes) order.
 * Goal: flat loops, and little memory where there are many small entities. Method: all numbers in one array, column by column
 * (`column * capacity + row`), column 0 the time; ids and texts beside it. Rows live in [start, end): what is dropped at the
 * front is only moved when it is the larger part.
 * Invariant: NaN and null stand for a missing value, and for a row that a condition leaves out.
 */
import type { Scalar } from '../topology/definition.js';
import type { Columns } from './columns.js';
import { compareUtf8 } from './utf8.js';

const CAPACITY_MIN = 8;
const NOTHING = new Float64Array(0);
/** Estimate of what a short string takes beside its characters. */
const STRING_BYTES = 24;

export class Rows {
  data: Float64Array = NOTHING;
  capacity = 0;
  start = 0;
  end = 0;
  readonly ids: string[] = [];
  readonly texts: (string | null)[][];
  readonly #columns: Columns;
  #idLengths = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
    this.texts = Array.from({ length: columns.texts }, () => []);
  }

  get size(): number {
    return this.end - this.start;
  }

  /** Makes room for a row at `at` and fills it. Indexes from `at` on move by one. */
  insert(at: number, time: number, id: string, values: readonly Scalar[]): void {
    if (this.end === this.capacity) this.#grow();
    const { data, capacity, ids, texts, end } = this;
    if (at < end) {
      for (let base = 0; base < data.length; base += capacity) data.copyWithin(base + at + 1, base + at, base + end);
      ids.splice(at, 0, id);
      for (const column of texts) column.splice(at, 0, null);
    } else {
      ids.push(id);
      for (const column of texts) column.push(null);
    }
    this.end++;
    this.#idLengths += id.length;
    this.set(at, time, id, values);
  }

  /** Fills the row at `at`, which is there. */
  set(at: number, time: number, id: string, values: readonly Scalar[]): void {
    this.data[at] = time;
    this.ids[at] = id;
    this.#columns.fill(this, at, values);
  }

  /** A single row, for a scored event. */
  static one(columns: Columns): Rows {
    const rows = new Rows(columns);
    rows.insert(0, 0, '', []);
    return rows;
  }

  /** The first row whose time is not before `time`. */
  lowerBound(time: number): number {
    const { data } = this;
    let low = this.start;
    let high = this.end;
    if (low < high && data[high - 1]! < time) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (data[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first row that is not before (time, id). */
  find(time: number, id: string): number {
    const { data, ids } = this;
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const apart = data[middle]! - time;
      if (apart < 0 || (apart === 0 && compareUtf8(ids[middle]!, id) < 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops the rows before `to`. @returns by how much all indexes fell */
  drop(to: number): number {
    for (let i = this.start; i < to; i++) this.#idLengths -= this.ids[i]!.length;
    this.start = to;
    return this.end === to || (to >= CAPACITY_MIN && to >= this.end - to) ? this.#compact() : 0;
  }

  bytes(): number {
    const strings = this.ids.length * (STRING_BYTES + 8) + this.#idLengths;
    return this.data.byteLength + strings + this.texts.length * this.ids.length * (STRING_BYTES + 8);
  }

  #compact(): number {
    const { data, capacity, start, end } = this;
    for (let base = 0; base < data.length; base += capacity) data.copyWithin(base, base + start, base + end);
    this.ids.splice(0, start);
    for (const column of this.texts) column.splice(0, start);
    this.start = 0;
    this.end = end - start;
    return start;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_MIN, 2 * this.capacity);
    const data = new Float64Array(this.#columns.numbers * capacity);
    for (let column = 0; column < this.#columns.numbers; column++) {
      const base = column * this.capacity;
      data.set(this.data.subarray(base, base + this.end), column * capacity);
    }
    this.data = data;
    this.capacity = capacity;
  }
}
