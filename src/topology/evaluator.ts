/**
 * The one evaluator of features that need no state: fields of the scored event, hour and weekday.
 * Goal: serving, backfill and replay give the same bits. Method: a view's fields are compiled once into flat functions.
 * Invariants: numbers are rounded once, by Math.fround; what is not finite is null; booleans are 1 and 0.
 */
import type { Scalar, ViewDefinition, ViewField } from './definition.js';
import { type ZoneClock, zoneClock } from './time-zone.js';

/** A vector's own part of one event: as many values as the view has fields, in their order. */
export type ViewEvaluator = (fields: Readonly<Record<string, Scalar>>) => (number | string | null)[];

/** Errors: RangeError for an unknown time zone (validation reports it first). */
export function compileView(view: ViewDefinition): ViewEvaluator {
  const clocks = new Map<string, ZoneClock>();
  const readers = view.fields.map((field) => compileField(field, clocks));
  const width = readers.length;
  return (fields) => {
    const values = new Array<number | string | null>(width);
    for (let i = 0; i < width; i++) values[i] = readers[i]!(fields);
    return values;
  };
}

type Reader = (fields: Readonly<Record<string, Scalar>>) => number | string | null;

function compileField({ type, of }: ViewField, clocks: Map<string, ZoneClock>): Reader {
  const { field } = of;
  if (of.kind === 'field') {
    return type === 'number' ? (fields) => asNumber(fields[field]) : (fields) => asCategory(fields[field]);
  }
  const clock = clocks.get(of.timeZone) ?? zoneClock(of.timeZone);
  clocks.set(of.timeZone, clock);
  const read = of.kind === 'hour' ? clock.hour : clock.weekday;
  return (fields) => {
    const time = fields[field];
    return typeof time === 'number' ? read(time) : null;
  };
}

/** A feature's number of a field's value: float32, finite, or null. */
export function asNumber(value: Scalar | undefined): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number') return null;
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? rounded : null;
}

const asCategory = (value: Scalar | undefined) => (value === null || value === undefined ? null : String(value));
