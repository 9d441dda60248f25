/** Runs one aggregate over one column, without a log. */
import type { Aggregate } from '../../src/aggregate/aggregate.js';
import { NO_COLUMN } from '../../src/aggregate/aggregate.js';
import { type ColumnKind, Columns } from '../../src/aggregate/columns.js';
import { Rows } from '../../src/aggregate/rows.js';
import type { Scalar } from '../../src/topology/definition.js';

export interface OneColumn {
  readonly rows: Rows;
  readonly column: number;
}

export const inputOf = (columns: Columns) => columns.input({ kind: 'field', field: 'x' }, null, false);

/** Rows at the times 0, 1, 2, … (or the given ones) with these values, of field `x` of the columns. */
export function oneColumn(
  values: readonly Scalar[],
  kind: ColumnKind = 'number',
  times?: readonly number[],
  columns = new Columns([{ field: 'x', kind }]),
): OneColumn {
  const rows = new Rows(columns);
  for (const [i, value] of values.entries()) rows.insert(i, times?.[i] ?? i, `id${i}`, [value]);
  return { rows, column: inputOf(columns).column };
}

/** The partial of the rows, cut at `cuts` into partials that are merged in order. */
export function partialOf<P>(aggregate: Aggregate<P>, { rows, column }: OneColumn, cuts: readonly number[] = []): P {
  const result = aggregate.empty();
  let from = 0;
  for (const to of [...cuts, rows.end]) {
    const part = aggregate.empty();
    aggregate.add(part, rows, column, from, to);
    aggregate.merge(result, part);
    from = to;
  }
  return result;
}

export const numbers = <P>(aggregate: Aggregate<P>, values: readonly (number | null)[], cuts?: readonly number[]) =>
  aggregate.value(partialOf(aggregate, oneColumn(values), cuts), values.length);

export const texts = <P>(aggregate: Aggregate<P>, values: readonly (string | null)[], cuts?: readonly number[]) =>
  aggregate.value(partialOf(aggregate, oneColumn(values, 'text'), cuts), values.length);

/** Of events at these times, whatever their fields. */
export const events = <P>(aggregate: Aggregate<P>, times: readonly number[], t: number, cuts?: readonly number[]) => {
  const { rows } = oneColumn(
    times.map(() => null),
    'number',
    times,
  );
  return aggregate.value(partialOf(aggregate, { rows, column: NO_COLUMN }, cuts), t);
};
