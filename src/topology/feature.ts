/**
 * The aggregates as a user writes them. What a window holds: the events with time in [t−W, t) and the scored event itself;
 * with a delay D, those in [t−D−W, t−D). Null values of a field are skipped; a count of nothing is 0, every other aggregate of
 * nothing is missing.
 */
import type { AggregateName, EventDefinition } from './definition.js';
import { type Duration, durationMs, type Window, windowMs } from './duration.js';
import { conditionOf } from './event.js';
import { fieldType, isText } from './field-type.js';
import {
  type AnyEvent,
  type AnyField,
  CONDITION,
  type ConditionOn,
  EVENT,
  FEATURE,
  type Feature,
  FIELD,
  type Kind,
  type NumberKind,
  type ValueKind,
} from './kinds.js';

export interface FeatureOptions<T extends string> {
  /** Only events that satisfy it are considered. */
  readonly where?: ConditionOn<T>;
  /** How far the window lies back. */
  readonly delay?: Duration;
}
export interface DecayOptions<T extends string> extends FeatureOptions<T> {
  /** The time in which an event's weight halves. */
  readonly halfLife: Duration;
}

type OfEvent = <T extends string>(
  event: AnyEvent<T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T>;
type OfNumber = <T extends string>(
  field: AnyField<NumberKind, T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T>;
type OfValue = <T extends string>(
  field: AnyField<ValueKind, T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T>;

/** How many events. */
export const count: OfEvent = (event, window, options) => ofEvent('count', event, window, options);
/** Seconds since the latest event. */
export const secondsSince: OfEvent = (event, window, options) => ofEvent('secondsSince', event, window, options);
export const sum: OfNumber = (field, window, options) => ofField('sum', field, window, options);
export const mean: OfNumber = (field, window, options) => ofField('mean', field, window, options);
export const min: OfNumber = (field, window, options) => ofField('min', field, window, options);
export const max: OfNumber = (field, window, options) => ofField('max', field, window, options);
export const variance: OfNumber = (field, window, options) => ofField('variance', field, window, options);
/** The square root of `variance`. */
export const std: OfNumber = (field, window, options) => ofField('std', field, window, options);
/** How many different values. */
export const distinct: OfValue = (field, window, options) => ofField('distinct', field, window, options);
/** The earliest value, by (time, id); a category for a string. */
export const first: OfValue = (field, window, options) => ofField('first', field, window, options);
/** The latest value, by (time, id); a category for a string. */
export const last: OfValue = (field, window, options) => ofField('last', field, window, options);

/** The share of hits among the events for which the condition can be told (its field is not null). */
export function share<T extends string>(
  hit: ConditionOn<T>,
  window: Window,
  options?: Pick<FeatureOptions<NoInfer<T>>, 'delay'>,
): Feature<T> {
  const { topic, event } = hit[CONDITION];
  return build('share', topic, event, null, window, { ...options, where: hit });
}

/** A mean in which an event weighs half as much after each half-life. */
export function decayedMean<T extends string>(
  field: AnyField<NumberKind, T>,
  window: Window,
  options: DecayOptions<NoInfer<T>>,
): Feature<T> {
  return ofField('decayedMean', field, window, options);
}

/** A count in which an event weighs half as much after each half-life. */
export function decayedCount<T extends string>(
  event: AnyEvent<T>,
  window: Window,
  options: DecayOptions<NoInfer<T>>,
): Feature<T> {
  return ofEvent('decayedCount', event, window, options);
}

type AnyOptions<T extends string> = FeatureOptions<T> & { readonly halfLife?: Duration };

function ofEvent<T extends string>(
  aggregate: AggregateName,
  event: AnyEvent<T>,
  window: Window,
  options: AnyOptions<T> = {},
): Feature<T> {
  const { topic, definition } = event[EVENT];
  return build(aggregate, topic, definition, null, window, options);
}

function ofField<T extends string>(
  aggregate: AggregateName,
  field: AnyField<Kind, T>,
  window: Window,
  options: AnyOptions<T> = {},
): Feature<T> {
  const { topic, event, name } = field[FIELD];
  return build(aggregate, topic, event, name, window, options);
}

function build<T extends string>(
  aggregate: AggregateName,
  topic: T,
  event: EventDefinition,
  field: string | null,
  window: Window,
  { where, delay, halfLife }: AnyOptions<T>,
): Feature<T> {
  const keepsValue = aggregate === 'first' || aggregate === 'last';
  const kind = field === null ? null : fieldType(event.schema, field)?.kind;
  const definition = {
    aggregate,
    event: topic,
    field,
    where: where === undefined ? null : conditionOf(where),
    windowMs: windowMs(window),
    delayMs: delay === undefined ? 0 : durationMs(delay),
    halfLifeMs: halfLife === undefined ? null : durationMs(halfLife),
    type: keepsValue && kind != null && isText(kind) ? ('category' as const) : ('number' as const),
  };
  return { [FEATURE]: { topic, event, definition } };
}
