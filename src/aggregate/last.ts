/** The latest value of a field, by (time, id bytes). Partials carry their place, so that what comes late is put right. */
import type { Aggregate } from './aggregate.js';
import { type At, clearAt, copyAt, isBefore, nowhere, restoreAt, saveAt } from './at.js';
import type { Rows } from './rows.js';

const common: Omit<Aggregate<At>, 'partial' | 'add'> = {
  empty: nowhere,
  reset: clearAt,
  merge(into, next) {
    if (next.known && (!into.known || isBefore(into, next))) copyAt(into, next);
  },
  value: (partial) => (partial.known ? partial.value : null),
  save: saveAt,
  restore: restoreAt,
};

export const lastNumber: Aggregate<At> = {
  ...common,
  partial: 'lastNumber',
  add(partial, rows, column, from, to) {
    // Rows come in order: the last of them is later than what is held.

    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = to - 1; i >= from; i--) {
      const value = data[base + i]!;
      if (!Number.isNaN(value)) return set(partial, rows, i, value);
    }
  },
};

export const lastText: Aggregate<At> = {
  ...common,
  partial: 'lastText',
  add(partial, rows, column, from, to) {
    const { texts } = rows;
    const base = column * rows.capacity;
    for (let i = to - 1; i >= from; i--) {
      const value = texts[base + i]!;
      if (value !== null) return set(partial, rows, i, value);
    }
  },
};

function set(partial: At, rows: Rows, i: number, value: number | string): void {
  partial.known = true;
  partial.time = rows.data[i]!;
  partial.id = rows.id(i);
  partial.value = value;
}
