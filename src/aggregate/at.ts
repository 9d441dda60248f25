/** One event's value and where it stands in the canonical order: the partial of `first` and `last`. */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { compareUtf8 } from './utf8.js';

export interface At {
  known: boolean;
  time: number;
  id: string;
  value: number | string;
}

export const nowhere = (): At => ({ known: false, time: 0, id: '', value: 0 });

export function clearAt(at: At): void {
  at.known = false;
  at.time = 0;
  at.id = '';
  at.value = 0;
}

export function copyAt(into: At, from: At): void {
  into.known = from.known;
  into.time = from.time;
  into.id = from.id;
  into.value = from.value;
}

export const isBefore = (a: At, b: At) => a.time < b.time || (a.time === b.time && compareUtf8(a.id, b.id) < 0);

export function saveAt(at: At, out: ByteWriter): void {
  out.byte(at.known ? 1 : 0);
  if (!at.known) return;
  out.integer(at.time);
  out.text(at.id);
  out.value(at.value);
}

export function restoreAt(from: ByteReader): At {
  if (from.byte() === 0) return nowhere();
  return { known: true, time: from.integer(), id: from.text(), value: from.value() };
}
