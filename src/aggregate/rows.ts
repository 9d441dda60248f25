/**
 * Events of one log in columns, in (time, id bytes) order: the tail, or one chunk.
 * Goal: flat loops, and little memory where there are many small entities: few objects each. Method: all numbers in one array, column
 * by column (`column * capacity + row`), column 0 the time; all texts in another, column 0 the id. Arrays are as long as the
 * capacity, no longer: one that grows by `push` reserves room for 17.
 * Invariant: NaN and null stand for a missing value, and for a row that a condition leaves out.
 */
import type { Scalar } from '../topology/definition.js';
import type { Columns } from './columns.js';
import { compareUtf8 } from './utf8.js';

const CAPACITY_MIN = 2;
/** Never written to: their capacity is 0. */
const NOTHING: number[] = [];
const NO_TEXTS: (string | null)[] = [];
/** To be sliced: the copy is an array of doubles that is just as long. */
const MISSING: readonly number[] = Array.from({ length: 1024 }, () => Number.NaN);
/** Estimates, measured with Node 20: the object and its two arrays, a short string beside its characters, an element. */
const ROWS_BYTES = 100;
const STRING_BYTES = 24;
const ELEMENT_BYTES = 8;

export class Rows {
  data: number[] = NOTHING;
  capacity = 0;
  end = 0;
  texts: (string | null)[] = NO_TEXTS;
  readonly #columns: Columns;
  #characters = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Makes room for a row at `at` and fills it. Indexes from `at` on move by one. */
  insert(at: number, time: number, id: string, values: readonly Scalar[]): void {
    if (this.end === this.capacity) this.resize(Math.max(CAPACITY_MIN, 2 * this.capacity));
    const { data, capacity, texts, end } = this;
    if (at < end) {
      for (let base = 0; base < data.length; base += capacity) data.copyWithin(base + at + 1, base + at, base + end);
      for (let base = 0; base < texts.length; base += capacity) texts.copyWithin(base + at + 1, base + at, base + end);
    }
    this.end++;
    this.#characters += id.length;
    this.set(at, time, id, values);
  }

  /** Fills the row at `at`, which is there. */
  set(at: number, time: number, id: string, values: readonly Scalar[]): void {
    this.data[at] = time;
    this.texts[at] = id;
    this.#columns.fill(this, at, values);
  }

  /** Makes one that is empty `count` rows long, for whoever sets their ids and columns then. */
  begin(count: number, capacity: number): void {
    this.resize(capacity);
    this.end = count;
  }

  setId(at: number, id: string): void {
    this.#characters += id.length;
    this.texts[at] = id;
  }

  id(at: number): string {
    return this.texts[at]!;
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
    let low = 0;
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
    const { data, texts } = this;
    let low = 0;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const apart = data[middle]! - time;
      if (apart < 0 || (apart === 0 && compareUtf8(texts[middle]!, id) < 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes the rows before `at` away. @returns them */
  splitOff(at: number): Rows {
    const first = new Rows(this.#columns);
    first.#take(this, 0, at);
    const rest = new Rows(this.#columns);
    rest.#take(this, at, this.end);
    this.data = rest.data;
    this.capacity = rest.capacity;
    this.end = rest.end;
    this.texts = rest.texts;
    this.#characters = rest.#characters;
    return first;
  }

  /** Changes the room to `capacity` rows, which must hold those that are there. */
  resize(capacity: number): void {
    if (capacity === this.capacity) return;
    const { data, texts, end } = this;
    // An array of doubles on the heap: a typed array has a buffer beside it, which costs more than a few rows do.
    const room = this.#columns.numbers * capacity;
    this.data = room <= MISSING.length ? MISSING.slice(0, room) : new Array<number>(room).fill(Number.NaN);
    for (let from = 0, to = 0; to < room; from += this.capacity, to += capacity) {
      for (let i = 0; i < end; i++) this.data[to + i] = data[from + i]!;
    }
    this.texts = new Array<string | null>(this.#columns.texts * capacity).fill(null);
    for (let from = 0, to = 0; to < this.texts.length; from += this.capacity, to += capacity) {
      for (let i = 0; i < end; i++) this.texts[to + i] = texts[from + i]!;
    }
    this.capacity = capacity;
  }

  /** Estimate of what it takes in memory. Texts are counted as if they were short: they repeat, and are shared. */
  bytes(): number {
    const elements = this.data.length + this.texts.length;
    return ROWS_BYTES + elements * ELEMENT_BYTES + this.#columns.texts * this.end * STRING_BYTES + this.#characters;
  }

  #take(from: Rows, start: number, end: number): void {
    this.resize(end - start);
    this.end = end - start;
    const { numbers, texts } = this.#columns;
    for (let column = 0; column < numbers; column++) {
      const base = column * from.capacity;
      for (let i = start; i < end; i++) this.data[column * this.capacity + i - start] = from.data[base + i]!;
    }
    for (let column = 0; column < texts; column++) {
      const base = column * from.capacity;
      for (let i = start; i < end; i++) this.texts[column * this.capacity + i - start] = from.texts[base + i]!;
    }
    for (let i = 0; i < this.end; i++) this.#characters += this.texts[i]!.length;
  }
}
