/**
 * The types that make a wrong topology fail to compile: what kind of value a field holds, and which event it is of.
 * A thing of the language carries its data under a symbol, so that an event's fields keep every name for themselves.
 * The symbols are registered ones: a topology file may be loaded by another copy of this module than its caller's.
 */
import type {
  AggregateDefinition,
  Condition,
  DerivedDefinition,
  EventDefinition,
  Expression,
  RecordSchema,
  ValueType,
} from './definition.js';

type OrNull<K extends string> = K | `${K} | null`;
export type IntegerKind = OrNull<'long' | 'int'>;
export type NumberKind = OrNull<'long' | 'int' | 'double' | 'float'>;
export type TextKind = OrNull<'string' | 'enum'>;
export type BooleanKind = OrNull<'boolean'>;
/** What a feature can read. */
export type ValueKind = NumberKind | TextKind | BooleanKind;
/** What can name an entity, or join a label to an event. */
export type KeyKind = IntegerKind | OrNull<'string'>;
/** What can be an event's time. */
export type TimeKind = 'long' | 'int';
/** A field's kind as `headrace types` writes it; `unsupported` fields travel, but nothing can be made of them. */
export type Kind = ValueKind | 'unsupported';
/** The kinds of an event's fields, by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** An Avro schema that knows the kinds of its fields. */
export interface Schema<F extends Kinds> extends RecordSchema {
  /** Never there at run time. */
  readonly kinds?: F;
}

/** What arithmetic gives. */
export type ResultKind = 'double | null';

export const EXPRESSION: unique symbol = Symbol.for('headrace.expression');
export const FIELD: unique symbol = Symbol.for('headrace.field');
export const EVENT: unique symbol = Symbol.for('headrace.event');
export const FEATURE: unique symbol = Symbol.for('headrace.feature');
export const DERIVED: unique symbol = Symbol.for('headrace.derived');
export const STATELESS: unique symbol = Symbol.for('headrace.stateless');
export const CONDITION: unique symbol = Symbol.for('headrace.condition');

/** A field of kind K of the event of topic T, or arithmetic on its fields. */
export interface AnyExpression<K extends Kind, T extends string> {
  readonly [EXPRESSION]: {
    readonly kind?: K;
    readonly topic: T;
    readonly event: EventDefinition;
    readonly expression: Expression;
  };
}

/** A field of kind K of the event of topic T. */
export interface AnyField<K extends Kind, T extends string> extends AnyExpression<K, T> {
  readonly [FIELD]: { readonly kind?: K; readonly topic: T; readonly name: string; readonly event: EventDefinition };
}

/** The event of topic T. */
export interface AnyEvent<T extends string> {
  readonly [EVENT]: { readonly topic: T; readonly definition: EventDefinition };
}

/** A condition on the event of topic T. */
export interface ConditionOn<T extends string> {
  readonly [CONDITION]: { readonly topic: T; readonly event: EventDefinition; readonly condition: Condition };
}

/** A feature that reads the event of topic T; its name is given by its place in a group. */
export interface Feature<T extends string, V extends ValueType = ValueType> {
  readonly [FEATURE]: {
    readonly type?: V;
    readonly topic: T;
    readonly event: EventDefinition;
    readonly definition: Omit<AggregateDefinition, 'name'>;
  };
}

/** A feature made of the features N of its group. */
export interface Derived<N extends string> {
  readonly [DERIVED]: { readonly names?: N; readonly definition: Omit<DerivedDefinition, 'name'> };
}

/** What a kind of value is as a feature. */
export type TypeOf<K extends Kind> = K extends TextKind ? 'category' : 'number';

/** The topics of a union of fields. */
export type TopicOf<F> = F extends AnyField<Kind, infer T> ? T : never;

/** Names of those fields whose kind is among K. */
export type NameOf<F extends Kinds, K extends Kind> = {
  [N in keyof F & string]: F[N] extends K ? N : never;
}[keyof F & string];
