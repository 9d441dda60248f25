/**
 * What a topology file comes down to: plain data, without functions or classes, so that it can be hashed, compared,
 * printed and sent. The words of the language (`event`, `group`, `view`, `model`) build it; everything else reads it.
 */

/** A value of an event's field. Avro longs arrive as numbers; those above 2^53 lose their last bits. */
export type Scalar = number | string | boolean | null;

/** An Avro record schema as JSON. */
export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: unknown;
    readonly doc?: string;
    readonly default?: unknown;
    readonly aliases?: readonly string[];
  }[];
}

export type KnownAt =
  | { readonly by: 'broker' }
  | { readonly by: 'field'; readonly field: string; readonly plusMs: number };

/** One raw topic's events. An event is named by its topic. */
export interface EventDefinition {
  readonly topic: string;
  readonly schema: RecordSchema;
  /** The fields that identify an event; several are joined (see `eventId`). */
  readonly id: readonly string[];
  /** The field with the event time, ms since the epoch. */
  readonly time: string;
  readonly knownAt: KnownAt;
  /** Whether its producer promises by marks how far each partition is known. */
  readonly marks: boolean;
}

export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte';

/** What an event's row gives: a field, a constant, or arithmetic on them (IEEE doubles). Null in, null out; a result that is not finite is null. */
export type Expression =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'constant'; readonly value: number | string | boolean }
  | {
      readonly kind: 'add' | 'subtract' | 'multiply' | 'divide';
      readonly left: Expression;
      readonly right: Expression;
    };

/** Three-valued, as SQL's: a comparison with null is unknown, Kleene's and/or/not; `isNull` is never unknown. */
export type Condition =
  | { readonly kind: 'compare'; readonly value: Expression; readonly is: Comparison; readonly to: Expression }
  /** Sorted, no repeats. */
  | { readonly kind: 'oneOf'; readonly value: Expression; readonly values: readonly (number | string | boolean)[] }
  | { readonly kind: 'isNull'; readonly value: Expression }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

export const AGGREGATES = [
  'count',
  'sum',
  'mean',
  'min',
  'max',
  'variance',
  'std',
  'share',
  'distinct',
  'approxDistinct',
  'first',
  'last',
  'secondsSince',
  'decayedMean',
  'decayedCount',
  'top',
  'quantile',
] as const;
export type AggregateName = (typeof AGGREGATES)[number];

export type ValueType = 'number' | 'category';

/** An aggregate of one event's rows. */
export interface AggregateDefinition {
  readonly name: string;
  readonly aggregate: AggregateName;
  /** Topic of the event that it reads. */
  readonly event: string;
  /** What it reads of an event; null for count, secondsSince, decayedCount and share (share reads `where`). */
  readonly value: Expression | null;
  /** `share`: what is counted as a hit. Others: only events for which it is true are considered. */
  readonly where: Condition | null;
  /** Length of the window, ms; null is all time. */
  readonly windowMs: number | null;
  /** How far the window lies back, ms; 0 is up to now. */
  readonly delayMs: number;
  /** Half-life of decayed aggregates, ms; null for the others. */
  readonly halfLifeMs: number | null;
  /** `top`: which place, from 1; null for the others. */
  readonly rank: number | null;
  /** `quantile`: from 0 to 1; null for the others. */
  readonly quantile: number | null;
  readonly type: ValueType;
}

export const DERIVATIONS = ['ratio', 'difference', 'zScore'] as const;
export type Derivation = (typeof DERIVATIONS)[number];

/** A feature made of other features of the same group, before they are rounded. */
export interface DerivedDefinition {
  readonly name: string;
  readonly derive: Derivation;
  /**
   * Names of features: of `ratio` [numerator, denominator]; of `difference` [a, b], for a - b; of `zScore` [value, mean, std],
   * for (value - mean) / std. Missing where one of them is, where the divisor is 0, or where the result is not finite.
   */
  readonly of: readonly string[];
  readonly type: 'number';
}

export type FeatureDefinition = AggregateDefinition | DerivedDefinition;

export const isDerived = (feature: FeatureDefinition): feature is DerivedDefinition => 'derive' in feature;
export const isAggregate = (feature: FeatureDefinition): feature is AggregateDefinition => 'aggregate' in feature;

export interface GroupDefinition {
  readonly name: string;
  readonly version: number;
  /** For each event that the group reads (by topic): the field that names the entity. */
  readonly keys: Readonly<Record<string, string>>;
  readonly features: readonly FeatureDefinition[];
  readonly inboxPartitions: number;
  /** How late an event may be, ms, and still be inserted at its own time. */
  readonly latenessMs: number;
}

/** A feature that needs no state: of the scored event alone. */
export interface ViewField {
  readonly name: string;
  readonly type: ValueType;
  readonly of:
    | { readonly kind: 'field'; readonly field: string }
    | { readonly kind: 'hour' | 'weekday'; readonly field: string; readonly timeZone: string };
}

export interface ViewDefinition {
  readonly name: string;
  readonly version: number;
  /** Topic of the scored event. */
  readonly score: string;
  /** Names of groups, in order; their features come first in a vector, in their order, then `fields`. */
  readonly groups: readonly string[];
  readonly fields: readonly ViewField[];
  /** How long a live event waits for its groups, ms from the append of its admitted frame; absent: until all have answered. */
  readonly deadlineMs?: number;
}

export interface LabelDefinition {
  /** Topic of the label event. */
  readonly event: string;
  /** Of the label event: what is asked. */
  readonly is: Condition;
  /** Fields by which the scored event and the label event meet. */
  readonly join: { readonly scored: string; readonly label: string };
  readonly withinMs: number;
  readonly ifNone: 'exclude' | 'negative';
}

export type TrainerDefinition =
  | {
      readonly kind: 'boostedTrees';
      readonly trees: number;
      readonly leaves: number;
      readonly learningRate: number;
      readonly minRowsInLeaf: number;
      readonly bins: number;
      readonly seed: number;
    }
  | { readonly kind: 'command'; readonly command: readonly string[] };

export interface GatesDefinition {
  /** Absolute bounds by metric. */
  readonly bounds: Readonly<
    Partial<Record<'auc' | 'logLoss' | 'brier', { readonly atLeast?: number; readonly atMost?: number }>>
  >;
  readonly beats: 'champion' | null;
  /** How much of the newest eligible time is gate rows, ms. */
  readonly onMs: number;
  readonly embargoMs: number;
  /** Fewer gate rows than this is no promotion. */
  readonly minRows: number;
}

export interface ModelDefinition {
  readonly name: string;
  readonly view: string;
  readonly label: LabelDefinition;
  readonly trainer: TrainerDefinition;
  readonly gates: GatesDefinition;
  readonly retrain: { readonly onMessage: boolean };
}

export interface TopologyDefinition {
  readonly name: string;
  readonly events: readonly EventDefinition[];
  readonly groups: readonly GroupDefinition[];
  readonly views: readonly ViewDefinition[];
  readonly models: readonly ModelDefinition[];
}
