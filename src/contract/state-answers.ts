/**
 * What a compute task is asked about its state, and what it answers: the JSON of `/v1/groups` and of `headrace state`.
 * Invariant: every answer names the position as of which it holds.
 */

/** @property at event time, ms; null: the greatest known time of the task's inbox partition */
export interface EntityQuestion {
  readonly kind: 'entity';
  readonly key: string;
  readonly at: number | null;
}

export interface TopQuestion {
  readonly kind: 'top';
  /** How many keys, at most TOP_MAX. */
  readonly n: number;
}

export type Question = EntityQuestion | TopQuestion;
export type AnswerTo<Q extends Question> = Q extends EntityQuestion ? EntityAnswer : PartitionTop;

/** The most keys that one answer names. */
export const TOP_MAX = 1_000;

/** ms since the epoch, and the same as ISO text; both null where nothing was known yet. */
export type At<Name extends string> = { readonly [N in Name]: string | null } & {
  readonly [N in `${Name}_ms`]: number | null;
};

export const at = <Name extends string>(name: Name, ms: number | null): At<Name> => {
  const text = ms === null ? null : new Date(ms).toISOString();
  return { [name]: text, [`${name}_ms`]: ms } as unknown as At<Name>;
};

/** How far a raw partition is in the state: `next_offset` is the first that is not. */
export interface RawPosition {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: number;
}

export type AsOf = At<'known'> & {
  readonly inbox: string;
  readonly partition: number;
  /** The first inbox record that is not in the state. */
  readonly next_offset: number;
  readonly frontier: readonly RawPosition[];
};

export type EntityAnswer = At<'at'> & {
  readonly group: string;
  readonly version: number;
  readonly key: string;
  /** Whether the state holds anything of the key; without, the features are those of an entity without events. */
  readonly found: boolean;
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
  readonly as_of: AsOf;
};

export interface LargeKey {
  readonly key: string;
  /** Of its records in the local store, keys included. */
  readonly bytes: number;
  readonly records: number;
}

export interface HotKey {
  readonly key: string;
  /** Rows since the task opened: at least `rows`, at most `rows_at_most`. */
  readonly rows: number;
  readonly rows_at_most: number;
}

/** The keys of one inbox partition; lists are sorted, the largest and hottest first. */
export interface PartitionTop {
  readonly partition: number;
  /** The first inbox record that is not in the last checkpoint, of which `largest` tells; null before the first. */
  readonly checkpoint_next_offset: number | null;
  /** Of all keys, as of the checkpoint. */
  readonly keys: number;
  readonly records: number;
  readonly bytes: number;
  readonly largest: readonly LargeKey[];
  /** Rows since the task opened. */
  readonly rows: number;
  readonly hottest: readonly HotKey[];
}

type In<T> = T & { readonly partition: number };

/** All partitions of a group, merged. */
export interface TopAnswer {
  readonly group: string;
  readonly version: number;
  readonly keys: number;
  readonly records: number;
  readonly bytes: number;
  readonly rows: number;
  readonly largest: readonly In<LargeKey>[];
  readonly hottest: readonly In<HotKey>[];
  /** Without their lists, which are merged above. */
  readonly partitions: readonly Omit<PartitionTop, 'largest' | 'hottest'>[];
  /** Partitions that could not be asked, and why: their keys are not in the answer. */
  readonly missing: readonly { readonly partition: number; readonly code: string; readonly message: string }[];
}

/** Larger first; equal ones by key, so that equal states give equal answers. */
export const byBytes = (a: LargeKey, b: LargeKey) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1);
export const byRows = (a: HotKey, b: HotKey) => b.rows - a.rows || (a.key < b.key ? -1 : 1);
