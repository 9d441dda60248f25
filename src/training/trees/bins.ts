/**
 * Binning: each column's values become at most 255 bins by quantiles of the distinct values.
 * Method: borders lie between neighbouring distinct values; a value with more rows than a bin's share gets a bin of its own.
 * Invariants: a value is in bin b exactly if `border[b - 1] < value <= border[b]`, compared as float32, which is also how the
 * exported model compares; the last border is +Infinity; a missing value has the bin after the last.
 */
import { random } from './random.js';

/** A bin is a byte, and one value of it is for missing. */
export const BINS_MAX = 255;
/** Borders are found on at most this many rows, drawn by seed. */
export const BORDER_SAMPLE_ROWS = 200_000;
/** Fewer sampled rows than this do not make a bin, unless there are fewer distinct values than bins. */
const ROWS_IN_BIN_MIN = 3;

export interface BinnedMatrix {
  readonly rows: number;
  /** Per column: the upper borders of its bins, the last +Infinity; none for a column that is always missing. */
  readonly borders: readonly Float32Array[];
  /** Per column: the bin of each row; `borders[column].length` is missing. */
  readonly bins: readonly Uint8Array[];
  /** Per column: whether any row misses it. */
  readonly hasMissing: readonly boolean[];
}

/** A float32 `t` with a <= t < b: the middle where it can be had. */
export function between(a: number, b: number): number {
  const middle = Math.fround(a / 2 + b / 2);
  return middle >= a && middle < b ? middle : a;
}

/** @param values sorted, without NaN */
export function findBorders(values: Float32Array, binsMax: number): Float32Array {
  const distinct: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) counts[counts.length - 1]!++;
    else {
      distinct.push(values[i]!);
      counts.push(1);
    }
  }
  const cuts = distinct.length <= binsMax ? cutEvery(counts) : cutByQuantile(counts, values.length, binsMax);
  const borders = new Float32Array(distinct.length === 0 ? 0 : cuts.length + 1);
  cuts.forEach((last, i) => {
    borders[i] = between(distinct[last]!, distinct[last + 1]!);
  });
  if (borders.length > 0) borders[borders.length - 1] = Number.POSITIVE_INFINITY;
  return borders;
}

/** Indices of the distinct values that end a bin; the last value is not listed. */
function cutEvery(counts: readonly number[]): number[] {
  const cuts: number[] = [];
  for (let i = 0, held = 0; i < counts.length - 1; i++) {
    held += counts[i]!;
    if (held < ROWS_IN_BIN_MIN) continue;
    cuts.push(i);
    held = 0;
  }
  return cuts;
}

function cutByQuantile(counts: readonly number[], total: number, binsMax: number): number[] {
  const bins = Math.max(1, Math.min(binsMax, Math.floor(total / ROWS_IN_BIN_MIN)));
  const isBig = counts.map((n) => n >= total / bins);
  let restRows = total;
  let restBins = bins;
  for (let i = 0; i < counts.length; i++) {
    if (!isBig[i]) continue;
    restRows -= counts[i]!;
    restBins--;
  }
  let share = restBins > 0 ? restRows / restBins : Number.POSITIVE_INFINITY;
  const cuts: number[] = [];
  for (let i = 0, held = 0; i < counts.length - 1 && cuts.length < bins - 1; i++) {
    if (!isBig[i]) restRows -= counts[i]!;
    held += counts[i]!;
    if (!(isBig[i] || held >= share || (isBig[i + 1] && held >= Math.max(1, share / 2)))) continue;
    cuts.push(i);
    held = 0;
    if (isBig[i]) continue;
    restBins--;
    share = restBins > 0 ? restRows / restBins : Number.POSITIVE_INFINITY;
  }
  return cuts;
}

/** The bin of a value that is not NaN: the first whose border is not below it. */
export function binOf(borders: Float32Array, value: number): number {
  let low = 0;
  for (let high = borders.length - 1; low < high; ) {
    const middle = (low + high) >> 1;
    if (value <= borders[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param matrix row-major [n, width], missing is NaN */
export function binMatrix(matrix: Float32Array, width: number, options: { bins: number; seed: number }): BinnedMatrix {
  const rows = matrix.length / width;
  const sample = sampleRows(rows, options.seed);
  const borders: Float32Array[] = [];
  const bins: Uint8Array[] = [];
  const hasMissing: boolean[] = [];
  for (let column = 0; column < width; column++) {
    const values = new Float32Array(sample?.length ?? rows);
    let known = 0;
    for (let i = 0; i < values.length; i++) {
      const value = matrix[(sample === null ? i : sample[i]!) * width + column]!;
      if (!Number.isNaN(value)) values[known++] = value;
    }
    const found = findBorders(values.subarray(0, known).sort(), Math.min(options.bins, BINS_MAX));
    const binned = new Uint8Array(rows);
    let missing = false;
    for (let row = 0, at = column; row < rows; row++, at += width) {
      const value = matrix[at]!;
      const isMissing = Number.isNaN(value);
      // A column without a known value in the sample has one bin, and nothing to split on.
      binned[row] = isMissing || found.length === 0 ? found.length : binOf(found, value);
      if (isMissing) missing = true;
    }
    borders.push(found);
    bins.push(binned);
    hasMissing.push(missing);
  }
  return { rows, borders, bins, hasMissing };
}

/** Null where all rows are taken; else that many row indices, each row at most once, in order. */
function sampleRows(rows: number, seed: number): Uint32Array | null {
  if (rows <= BORDER_SAMPLE_ROWS) return null;
  const draw = random(seed);
  const sample = new Uint32Array(BORDER_SAMPLE_ROWS);
  for (let row = 0, taken = 0; taken < BORDER_SAMPLE_ROWS; row++) {
    if (draw() * (rows - row) < BORDER_SAMPLE_ROWS - taken) sample[taken++] = row;
  }
  return sample;
}
