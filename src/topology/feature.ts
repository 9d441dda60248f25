/**
 * The aggregates as a user writes them. What a window holds: the events with time in [t−W, t) and the scored event itself;
 * with a delay D, those in [t−D−W, t−D). Null values of a field are skipped; a count of nothing is 0, every other aggregate of
 * nothing is missing.
 */
import type { AggregateDefinition, AggregateName, EventDefinition, Expression, ValueType } from './definition.js';
import { type Duration, durationMs, type Window, windowMs } from './duration.js';
import { expressionKind } from './expression.js';
import { conditionOf } from './field.js';
import { featureType } from './field-type.js';
import {
  type AnyEvent,
  type AnyExpression,
  CONDITION,
  type ConditionOn,
  EVENT,
  EXPRESSION,
  FEATURE,
  type Feature,
  type Kind,
  type NumberKind,
  type TextKind,
  type TypeOf,
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

export interface TopOptions<T extends string> extends FeatureOptions<T> {
  /** Which place, from 1. Default: 1, the most frequent. */
  readonly rank?: number;
}

type OfEvent = <T extends string>(
  event: AnyEvent<T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T, 'number'>;
type OfNumber = <T extends string>(
  value: AnyExpression<NumberKind, T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T, 'number'>;
type OfValue = <T extends string>(
  value: AnyExpression<ValueKind, T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T, 'number'>;
type ItsValue = <K extends ValueKind, T extends string>(
  value: AnyExpression<K, T>,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
) => Feature<T, TypeOf<K>>;

/** How many events. */
export const count: OfEvent = (event, window, options) => ofEvent('count', event, window, options);
/** Seconds since the latest event. */
export const secondsSince: OfEvent = (event, window, options) => ofEvent('secondsSince', event, window, options);
export const sum: OfNumber = (value, window, options) => ofValue('sum', value, window, options);
export const mean: OfNumber = (value, window, options) => ofValue('mean', value, window, options);
export const min: OfNumber = (value, window, options) => ofValue('min', value, window, options);
export const max: OfNumber = (value, window, options) => ofValue('max', value, window, options);
export const variance: OfNumber = (value, window, options) => ofValue('variance', value, window, options);
/** The square root of `variance`. */
export const std: OfNumber = (value, window, options) => ofValue('std', value, window, options);
/** How many different values. */
export const distinct: OfValue = (value, window, options) => ofValue('distinct', value, window, options);
/** About how many different values (HyperLogLog): in bounded memory, however many there are. */
export const approxDistinct: OfValue = (value, window, options) => ofValue('approxDistinct', value, window, options);
/** The value that half of the values do not exceed. */
export const median: OfNumber = (value, window, options) => quantile(value, 0.5, window, options);
/** The earliest value, by (time, id); a category for a string. */
export const first: ItsValue = (value, window, options) => ofValue('first', value, window, options);
/** The latest value, by (time, id); a category for a string. */
export const last: ItsValue = (value, window, options) => ofValue('last', value, window, options);

/** The value that the share `q` of the values, 0 to 1, does not exceed. */
export function quantile<T extends string>(
  value: AnyExpression<NumberKind, T>,
  q: number,
  window: Window,
  options?: FeatureOptions<NoInfer<T>>,
): Feature<T, 'number'> {
  return ofValue('quantile', value, window, { ...options, quantile: q });
}

/** The most frequent text, or the one of another rank; of equally frequent ones, the lesser by UTF-8 bytes comes first. */
export function top<T extends string>(
  value: AnyExpression<TextKind, T>,
  window: Window,
  options?: TopOptions<NoInfer<T>>,
): Feature<T, 'category'> {
  return ofValue('top', value, window, { rank: 1, ...options });
}

/** The share of hits among the events for which the condition can be told (nothing that it needs is null). */
export function share<T extends string>(
  hit: ConditionOn<T>,
  window: Window,
  options?: Pick<FeatureOptions<NoInfer<T>>, 'delay'>,
): Feature<T, 'number'> {
  const { topic, event } = hit[CONDITION];
  return build('share', topic, event, null, window, { ...options, where: hit });
}

/** A mean in which an event weighs half as much after each half-life. */
export function decayedMean<T extends string>(
  value: AnyExpression<NumberKind, T>,
  window: Window,
  options: DecayOptions<NoInfer<T>>,
): Feature<T, 'number'> {
  return ofValue('decayedMean', value, window, options);
}

/** A count in which an event weighs half as much after each half-life. */
export function decayedCount<T extends string>(
  event: AnyEvent<T>,
  window: Window,
  options: DecayOptions<NoInfer<T>>,
): Feature<T, 'number'> {
  return ofEvent('decayedCount', event, window, options);
}

interface AnyOptions<T extends string> extends FeatureOptions<T> {
  readonly halfLife?: Duration;
  readonly rank?: number;
  readonly quantile?: number;
}

function ofEvent<T extends string, V extends ValueType>(
  aggregate: AggregateName,
  event: AnyEvent<T>,
  window: Window,
  options: AnyOptions<T> = {},
): Feature<T, V> {
  const { topic, definition } = event[EVENT];
  return build(aggregate, topic, definition, null, window, options);
}

function ofValue<T extends string, V extends ValueType>(
  aggregate: AggregateName,
  value: AnyExpression<Kind, T>,
  window: Window,
  options: AnyOptions<T> = {},
): Feature<T, V> {
  const { topic, event, expression } = value[EXPRESSION];
  return build(aggregate, topic, event, expression, window, options);
}

function build<T extends string, V extends ValueType>(
  aggregate: AggregateName,
  topic: T,
  event: EventDefinition,
  value: Expression | null,
  window: Window,
  { where, delay, halfLife, rank, quantile }: AnyOptions<T>,
): Feature<T, V> {
  const definition: Omit<AggregateDefinition, 'name'> = {
    aggregate,
    event: topic,
    value,
    where: where === undefined ? null : conditionOf(where),
    windowMs: windowMs(window),
    delayMs: delay === undefined ? 0 : durationMs(delay),
    halfLifeMs: halfLife === undefined ? null : durationMs(halfLife),
    rank: rank ?? null,
    quantile: quantile ?? null,
    type: featureType(aggregate, value && expressionKind(event.schema, value)),
  };
  return { [FEATURE]: { topic, event, definition } };
}
