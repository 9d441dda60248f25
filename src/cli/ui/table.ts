/** Tables for people: a line under the head, none elsewhere; the last column wraps where the terminal ends. */
import Table from 'cli-table3';

const WIDTH_WITHOUT_TERMINAL = 160;
const LAST_LEAST = 30;
const GAP = 2;

const BARE = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-left', '-right', '-mid'].map((corner) => [`${side}${corner}`, '']),
  ),
);

export type Cell = string | number | null;

export interface TableOptions {
  /** Of the terminal; null: wide. */
  readonly columns: number | null;
  /** Columns, by index, that are right-aligned: numbers. */
  readonly right?: readonly number[];
}

/** @returns lines without an end; null is shown as a dash */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], options: TableOptions): string {
  const text = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = head.map((name, i) => Math.max(name.length, ...text.map((row) => (row[i] ?? '').length)) + GAP);
  const last = widths.length - 1;
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width, 0);
  const room = Math.max(LAST_LEAST, (options.columns ?? WIDTH_WITHOUT_TERMINAL) - before);
  widths[last] = Math.min(widths[last]!, room);
  const lines = new Table({
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colWidths: widths,
    colAligns: head.map((_, i) => (options.right?.includes(i) ? 'right' : 'left')),
    wordWrap: true,
  });
  lines.push(
    [...head],
    head.map((name) => '-'.repeat(name.length)),
    ...text,
  );
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
