/** `view`: what models read for one type of scored event, in this order: the groups' features, then its own fields. */
import type { EventDefinition, ViewDefinition, ViewField } from './definition.js';
import { type Duration, durationMs } from './duration.js';
import { fieldType, isText } from './field-type.js';
import type { Group } from './group.js';
import { type AnyEvent, type AnyField, EVENT, FIELD, type IntegerKind, STATELESS, type ValueKind } from './kinds.js';

/** A feature of the event of topic T alone. */
export interface Stateless<T extends string> {
  readonly [STATELESS]: { readonly topic: T; readonly definition: Omit<ViewField, 'name'> };
}

export interface View<T extends string> {
  readonly definition: ViewDefinition;
  readonly event: EventDefinition;
  readonly groups: readonly Group<never>[];
  /** Topic of the scored event. */
  readonly score: T;
}

export interface ViewOptions<T extends string> {
  readonly version: number;
  /** The event that asks for a prediction. */
  readonly score: AnyEvent<T>;
  /** Each has a key for the scored event. */
  readonly groups: readonly Group<NoInfer<T>>[];
  /** Fields of the scored event: numbers and booleans as numbers, strings as categories. */
  readonly fields?: Readonly<Record<string, AnyField<ValueKind, NoInfer<T>> | Stateless<NoInfer<T>>>>;
  /**
   * How long a live event waits for its groups once it was admitted; then it is answered without the features of those that have not,
   * which its vector and prediction name. Absent: for as long as it takes. In catch-up nothing is left out.
   */
  readonly deadline?: Duration;
}

export function view<const T extends string>(name: string, options: ViewOptions<T>): View<T> {
  const { topic, definition: event } = options.score[EVENT];
  const fields = Object.entries<AnyField<ValueKind, string> | Stateless<string>>(options.fields ?? {}).map(
    ([field, what]): ViewField => ({
      name: field,
      ...(STATELESS in what ? what[STATELESS].definition : ofField(what)),
    }),
  );
  const definition: ViewDefinition = {
    name,
    version: options.version,
    score: topic,
    groups: options.groups.map((group) => group.definition.name),
    fields,
    ...(options.deadline === undefined ? {} : { deadlineMs: durationMs(options.deadline) }),
  };
  return { definition, event, groups: options.groups, score: topic };
}

/** The hour of a time field, 0 to 23, on the clocks of an IANA time zone. */
export function hourOf<T extends string>(field: AnyField<IntegerKind, T>, timeZone: string): Stateless<T> {
  return ofTime('hour', field, timeZone);
}

/** The ISO weekday of a time field, Monday 1 to Sunday 7, in an IANA time zone. */
export function weekdayOf<T extends string>(field: AnyField<IntegerKind, T>, timeZone: string): Stateless<T> {
  return ofTime('weekday', field, timeZone);
}

function ofTime<T extends string>(
  kind: 'hour' | 'weekday',
  field: AnyField<IntegerKind, T>,
  timeZone: string,
): Stateless<T> {
  const { topic, name } = field[FIELD];
  return { [STATELESS]: { topic, definition: { type: 'number', of: { kind, field: name, timeZone } } } };
}

function ofField(field: AnyField<ValueKind, string>): Omit<ViewField, 'name'> {
  const { event, name } = field[FIELD];
  const type = fieldType(event.schema, name);
  return { type: type !== null && isText(type.kind) ? 'category' : 'number', of: { kind: 'field', field: name } };
}
