/**
 * The log `models` as facts, and what they come to.
 * Goal: which version serves is decided once, by one partition, for everybody. Method: a pure fold in log order.
 * Invariants: a promotion or rollback counts only if it `expects` what is served where it stands, so of two that race the first
 * wins; after a person's rollback nothing but a person's promotion changes what is served; what did not count is kept with its reason.
 */
import { z } from 'zod';
import { HeadraceError } from '../error.js';

const name = z.string().min(1);
const version = z.int().positive();
const position = z.strictObject({ topic: name, partition: z.int().nonnegative(), offset: z.int().nonnegative() });
const common = {
  model: name,
  /** A person's or a stage's name. */
  who: name,
  by: z.enum(['person', 'automatic']),
  why: z.string(),
};
const lineage = z.strictObject({
  /** Artifact ids. */
  snapshot: name,
  manifest: name,
  onnx: name,
  /** The retrain message that asked for it; null where none did. */
  request: position.nullable(),
});
const metrics = z.record(z.string(), z.number().nullable());
const view = z.strictObject({ name, version, hash: name });

const factSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('registered'),
    at: z.number(),
    body: z.strictObject({ ...common, version, view, metrics, lineage }),
  }),
  z.strictObject({
    kind: z.literal('promoted'),
    at: z.number(),
    body: z.strictObject({ ...common, version, expects: version.nullable() }),
  }),
  z.strictObject({
    kind: z.literal('rejected'),
    at: z.number(),
    /** A version of null: the training itself failed. */
    body: z.strictObject({
      ...common,
      version: version.nullable(),
      reasons: z.array(z.string()).min(1),
      request: position.nullable(),
    }),
  }),
  z.strictObject({
    kind: z.literal('rolledBack'),
    at: z.number(),
    /** `version` serves from here on: an earlier one. */
    body: z.strictObject({ ...common, version, expects: version.nullable() }),
  }),
]);

export type Position = z.infer<typeof position>;
export type ModelFact = z.infer<typeof factSchema>;
export type Registered = Extract<ModelFact, { kind: 'registered' }>['body'];

/** Error: `MODEL_FACT_INVALID`; `where` names the record. */
export function parseModelFact(where: string, fact: unknown): ModelFact {
  const parsed = factSchema.safeParse(fact);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new HeadraceError(
    'MODEL_FACT_INVALID',
    `${where} is no fact of the models log (${problems.join('; ')}); only Headrace may write to this topic`,
    { remedy: 'fix-input', where, problems },
  );
}

export interface VersionState extends Registered {
  readonly registeredAt: number;
  readonly status: 'registered' | 'rejected' | 'champion' | 'retired';
  /** Why the gates refused it; empty where they did not. */
  readonly reasons: readonly string[];
}

export type Ignored = 'lost race' | 'held by a person' | 'version unknown' | 'version registered before';

export interface ModelState {
  readonly versions: ReadonlyMap<number, VersionState>;
  readonly champion: number | null;
  /** What a rollback goes back to. */
  readonly previous: number | null;
  /** Set by a person's rollback: automatic promotion waits until a person promotes. */
  readonly heldByPerson: { readonly who: string; readonly at: number; readonly why: string } | null;
  /** Versions that served before the champion and were not rolled back from, the oldest first. */
  readonly served: readonly number[];
  /** Facts that did not count. */
  readonly ignored: readonly { readonly fact: ModelFact; readonly because: Ignored }[];
  /** Retrain messages that were answered, by a version or a rejection. */
  readonly answered: readonly Position[];
  readonly nextVersion: number;
}

export type ModelsState = ReadonlyMap<string, ModelState>;

export const NO_MODEL: ModelState = {
  versions: new Map(),
  champion: null,
  previous: null,
  heldByPerson: null,
  served: [],
  ignored: [],
  answered: [],
  nextVersion: 1,
};

/** @param facts in log order; @param state what earlier facts came to */
export function foldModels(facts: Iterable<ModelFact>, state: ModelsState = new Map()): ModelsState {
  const next = new Map(state);
  for (const fact of facts) next.set(fact.body.model, applyModelFact(next.get(fact.body.model) ?? NO_MODEL, fact));
  return next;
}

/** One fact of one model. */
export function applyModelFact(state: ModelState, fact: ModelFact): ModelState {
  switch (fact.kind) {
    case 'registered': {
      const { version } = fact.body;
      if (state.versions.has(version)) return ignore(state, fact, 'version registered before');
      const registered: VersionState = { ...fact.body, registeredAt: fact.at, status: 'registered', reasons: [] };
      const answered = answer(state, fact.body.lineage.request);
      const nextVersion = Math.max(state.nextVersion, version + 1);
      return { ...state, versions: new Map(state.versions).set(version, registered), answered, nextVersion };
    }
    case 'rejected': {
      const { version, reasons } = fact.body;
      const answered = answer(state, fact.body.request);
      if (version === null) return { ...state, answered };
      if (!state.versions.has(version)) return ignore({ ...state, answered }, fact, 'version unknown');
      const status = version === state.champion ? 'champion' : 'rejected';
      return { ...state, answered, versions: withStatus(state.versions, version, status, reasons) };
    }
    case 'promoted':
    case 'rolledBack':
      return serveFrom(state, fact);
  }
}

function serveFrom(state: ModelState, fact: Extract<ModelFact, { kind: 'promoted' | 'rolledBack' }>): ModelState {
  const { version, expects, by, who, why } = fact.body;
  if (!state.versions.has(version)) return ignore(state, fact, 'version unknown');
  if (expects !== state.champion) return ignore(state, fact, 'lost race');
  if (by !== 'person' && state.heldByPerson !== null) return ignore(state, fact, 'held by a person');
  const isRollback = fact.kind === 'rolledBack';
  const heldByPerson = by !== 'person' ? state.heldByPerson : isRollback ? { who, at: fact.at, why } : null;
  if (version === state.champion) return { ...state, heldByPerson };
  const served = servedAfter(state, version, isRollback);
  let versions = withStatus(state.versions, version, 'champion');
  if (state.champion !== null) versions = withStatus(versions, state.champion, 'retired');
  return { ...state, versions, champion: version, previous: served.at(-1) ?? null, served, heldByPerson };
}

/** A promotion puts the champion on the pile; a rollback takes what it goes back to, and all above it, off. */
function servedAfter({ served, champion }: ModelState, version: number, isRollback: boolean): readonly number[] {
  if (isRollback && served.includes(version)) return served.slice(0, served.lastIndexOf(version));
  return champion === null || isRollback ? served : [...served, champion];
}

function withStatus(
  versions: ReadonlyMap<number, VersionState>,
  version: number,
  status: VersionState['status'],
  reasons?: readonly string[],
): ReadonlyMap<number, VersionState> {
  const state = versions.get(version)!;
  return new Map(versions).set(version, { ...state, status, reasons: reasons ?? state.reasons });
}

const ignore = (state: ModelState, fact: ModelFact, because: Ignored): ModelState => ({
  ...state,
  ignored: [...state.ignored, { fact, because }],
});

const answer = (state: ModelState, request: Position | null) =>
  request === null ? state.answered : [...state.answered, request];

/** Whether a retrain message needs no answer any more. */
export function isAnswered(state: ModelState, request: Position): boolean {
  return state.answered.some(
    ({ topic, partition, offset }) =>
      topic === request.topic && partition === request.partition && offset === request.offset,
  );
}
