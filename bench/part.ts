/** What every part of the bench is, and what parts share: repetitions, medians, numbers as text. */

export interface Scale {
  /** A smoke test: everything runs, nothing is worth reading. */
  readonly quick: boolean;
}

/** One part: it runs in a process of its own, its figures are plain data, and its section is made of them. */
export interface Part<F> {
  readonly name: string;
  run(scale: Scale): Promise<F>;
  /** Markdown without a heading of the first or second level. */
  section(figures: F): string;
  readonly title: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** 12,345; 123; 1.23; 0.0123: three digits, or all before the point. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(1);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

export const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
export const megabytes = (bytes: number) => `${shown(bytes / 2 ** 20)} MB`;

/** A table; columns after the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)));
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...cells.map(line)].join('\n');
}
