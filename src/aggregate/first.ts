/** The earliest value of a field, by (time, id bytes). Partials carry their place, so that what comes late is put right. */
import type { Aggregate } from './aggregate.js';
import { type At, clearAt, copyAt, isBefore, nowhere, restoreAt, saveAt } from './at.js';
import type { Rows } from './rows.js';

const common: Omit<Aggregate<At>, 'partial' | 'add'> = {
  empty: nowhere,
  reset: clearAt,
  merge(into, next) {
    if (next.known && (!into.known || isBefore(next, into))) copyAt(into, next);
  },
  value: (partial) => (partial.known ? partial.value : null),
  save: saveAt,
  restore: restoreAt,
};

export const firstNumber: Aggregate<At> = {
  ...common,
  partial: 'firstNumber',
  add(partial, rows, column, from, to) {
    // Rows come in order: what is held is earlier.
    if (partial.known) return;
    const { data } = rows;
    const base = column * rows.capacity;
    for (let i = from; i < to; i++) {
      const value = data[base + i]!;
      if (!Number.isNaN(value)) return set(partial, rows, i, value);
    }
  },
};

export const firstText: Aggregate<At> = {
  ...common,
  partial: 'firstText',
  add(partial, rows, column, from, to) {
    if (partial.known) return;
    const { texts } = rows;
    const base = column * rows.capacity;
    for (let i = from; i < to; i++) {
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
