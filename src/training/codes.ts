/**
 * Category codes: each column's categories in the order of their mean label in the training rows, so that a tree splits them as an
 * ordered number. Ties go by name (UTF-16 order). Means are compared as fractions, so rounding decides nothing.
 */
export interface CategoryCount {
  readonly category: string;
  readonly rows: number;
  readonly positives: number;
}

/** The categories of one column; a category's code is its place. */
export function orderCategories(counts: readonly CategoryCount[]): string[] {
  const seen = counts.filter(({ rows }) => rows > 0);
  seen.sort((a, b) => a.positives * b.rows - b.positives * a.rows || (a.category < b.category ? -1 : 1));
  return seen.map(({ category }) => category);
}
