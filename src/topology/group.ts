/** `group`: what is remembered of one kind of entity. */
import { HeadraceError } from '../error.js';
import type { EventDefinition, FeatureDefinition, GroupDefinition } from './definition.js';
import { type Duration, durationMs } from './duration.js';
import {
  type AnyField,
  DERIVED,
  type Derived,
  FEATURE,
  type Feature,
  FIELD,
  type KeyKind,
  type TopicOf,
} from './kinds.js';

const DEFAULT_INBOX_PARTITIONS = 4;
const DEFAULT_LATENESS: Duration = '1d';

/** A group that can answer the events of topics T. */
export interface Group<T extends string> {
  readonly definition: GroupDefinition;
  /** Every event that it reads. */
  readonly events: readonly EventDefinition[];
  /** Never there at run time: a group answers an event if it has a key for it. */
  readonly answers?: (topic: T) => void;
}

/** A group's features by name. */
export type Features = Readonly<Record<string, Feature<string> | Derived<string>>>;

/** Names of those that are numbers. */
type NumbersOf<F extends Features> = {
  [N in keyof F & string]: F[N] extends Feature<string, 'number'> | Derived<string> ? N : never;
}[keyof F & string];
/**
 * What the features F of a group that reads the events of topics T must be: a derived one is made of other numbers among them.
 * Names and topics that the compiler does not know (what is wrong by itself already, or made by a program) are left to `validate`.
 */
type Sound<F extends Features, T extends string> = {
  readonly [N in keyof F]: F[N] extends Derived<infer O>
    ? string extends O
      ? Derived<string>
      : Derived<Exclude<NumbersOf<F>, N>>
    : F[N] extends Feature<infer U>
      ? Feature<string extends U ? string : T>
      : never;
};

export interface GroupOptions<K extends readonly AnyField<KeyKind, string>[], F extends Features> {
  /** Raised with every change of the definition: a changed definition under the same version is refused at start. */
  readonly version: number;
  /** For each event that the group reads, the field that names the entity; null names none. */
  readonly key: K;
  readonly features: F & Sound<F, TopicOf<K[number]>>;
  readonly inboxPartitions?: number;
  /** How late an event may come and still be inserted at its own time. */
  readonly lateness?: Duration;
}

/** Error: `TOPOLOGY_INVALID` for two keys of one event, which a definition cannot hold. */
export function group<const K extends readonly AnyField<KeyKind, string>[], F extends Features>(
  name: string,
  options: GroupOptions<K, F>,
): Group<TopicOf<K[number]>> {
  const events = new Set<EventDefinition>();
  const keys: Record<string, string> = {};
  for (const key of options.key) {
    const { topic, name: field, event } = key[FIELD];
    if (Object.hasOwn(keys, topic)) {
      throw new HeadraceError(
        'TOPOLOGY_INVALID',
        `group ${name} has two keys for event ${topic}: ${keys[topic]} and ${field}; keep one, and make a second group for the other`,
        { remedy: 'fix-definition', group: name, topic },
      );
    }
    keys[topic] = field;
    events.add(event);
  }
  const features = Object.entries<Feature<string> | Derived<string>>(options.features).map(
    ([feature, built]): FeatureDefinition => {
      if (DERIVED in built) return { name: feature, ...built[DERIVED].definition };
      const { event, definition } = built[FEATURE];
      events.add(event);
      return { name: feature, ...definition };
    },
  );
  const definition: GroupDefinition = {
    name,
    version: options.version,
    keys,
    features,
    inboxPartitions: options.inboxPartitions ?? DEFAULT_INBOX_PARTITIONS,
    latenessMs: durationMs(options.lateness ?? DEFAULT_LATENESS),
  };
  return { definition, events: [...events] };
}
