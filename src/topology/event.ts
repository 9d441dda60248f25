/**
 * `schema` and `event`: what happens, what identifies it, when it happened and when it was known.
 * Invariant: nothing here throws. What is wrong becomes part of the definition, and `validate` reports it in its place:
 * a field that the schema lacks is still a field, of an unknown name.
 */
import type { EventDefinition, KnownAt, RecordSchema } from './definition.js';
import { type Duration, durationMs } from './duration.js';
import { type Field, fieldOf } from './field.js';
import {
  type AnyEvent,
  EVENT,
  type KeyKind,
  type Kinds,
  type NameOf,
  type Schema,
  type TextKind,
  type TimeKind,
} from './kinds.js';

/** Gives an Avro record schema the kinds of its fields; `headrace types` writes the calls. */
export function schema<F extends Kinds>(record: RecordSchema): Schema<F> {
  return record as Schema<F>;
}

/** An event with its fields: `departure.origin`. */
export type Event<F extends Kinds, T extends string> = AnyEvent<T> & { readonly [N in keyof F]: Field<F[N], T> };

export interface EventOptions<F extends Kinds, T extends string> {
  /** The raw topic. */
  readonly topic: T;
  /** The field or fields that identify an event. */
  readonly id: NameOf<F, KeyKind | TextKind> | readonly NameOf<F, KeyKind | TextKind>[];
  /** The field with the event time: ms since the epoch. */
  readonly time: NameOf<F, TimeKind>;
  /** When it was known: by the broker's clock (the topic is `LogAppendTime`), a field, or a field plus a delay. */
  readonly knownAt: 'broker' | NameOf<F, TimeKind> | { readonly field: NameOf<F, TimeKind>; readonly plus: Duration };
  /** Whether the producer promises by marks how far each partition is known. Default: false. */
  readonly marks?: boolean;
}

export function event<F extends Kinds, const T extends string>(
  schema: Schema<F>,
  options: EventOptions<F, T>,
): Event<F, T> {
  const { topic, id, time, marks } = options;
  const definition: EventDefinition = {
    topic,
    schema,
    id: typeof id === 'string' ? [id] : [...(id as readonly string[])],
    time,
    knownAt: knownAtOf(options.knownAt),
    marks: marks ?? false,
  };
  const handle: Record<string | symbol, unknown> = { [EVENT]: { topic, definition } };
  for (const { name } of schema.fields) handle[name] = fieldOf(definition, name);
  return new Proxy(handle, {
    get: (target, name) =>
      name in target || typeof name === 'symbol' || PROBED.has(name) ? target[name] : fieldOf(definition, name),
  }) as unknown as Event<F, T>;
}

/** Names by which runtimes ask what an object is: no field, unless the schema has it. */
const PROBED: ReadonlySet<string> = new Set(['then', 'toJSON', '$$typeof', 'nodeType', 'asymmetricMatch']);

function knownAtOf(knownAt: string | { readonly field: string; readonly plus: Duration }): KnownAt {
  if (knownAt === 'broker') return { by: 'broker' };
  if (typeof knownAt === 'string') return { by: 'field', field: knownAt, plusMs: 0 };
  return { by: 'field', field: knownAt.field, plusMs: durationMs(knownAt.plus) };
}
