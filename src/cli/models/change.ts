/**
 * A person's promotion or rollback.
 * Goal: it counts, or it is said why not. Method: the fact expects what serves at this moment; then the log is read to its end,
 * since another decision may stand before it there.
 */
import { userInfo } from 'node:os';
import type { ModelFact, ModelState, VersionState } from '../../contract/models-log.js';
import { HeadraceError } from '../../error.js';
import { appendModelFacts } from '../../runtime/models-follower.js';
import { viewHash } from '../../topology/canonical.js';
import type { ModelDefinition, TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import { type ModelsLog, readModelsLog } from './read-log.js';

export interface Change {
  readonly model: string;
  /** The version that serves from here on. */
  readonly version: number;
  readonly before: number | null;
  /** False where nothing had to be written. */
  readonly changed: boolean;
  /** What else there is to know, for people. */
  readonly notes: readonly string[];
}

export interface ChangeOptions {
  readonly definition: TopologyDefinition;
  readonly model: ModelDefinition;
  readonly why: string | undefined;
  /** Who decides; absent or null: the system's user. */
  readonly who?: string | null;
}

type Io = Pick<Connection, 'log' | 'codec'>;

/** Errors: `VERSION_UNKNOWN`, `VIEW_DIFFERS`, `CHANGE_LOST`. */
export async function promote(io: Io, version: number, options: ChangeOptions): Promise<Change> {
  const { model } = options;
  const state = (await readModelsLog(io, options.definition.name)).of(model.name);
  const known = knownVersion(state, model, version);
  fitsView(options, known);
  const notes = known.status === 'rejected' ? [`The gates had refused it: ${known.reasons.join('; ')}.`] : [];
  if (state.champion === version) {
    if (state.heldByPerson === null) {
      return { model: model.name, version, before: version, changed: false, notes: ['It serves already.'] };
    }
    notes.push('It serves already; what passes the gates is promoted by itself again.');
  }
  return append(io, 'promoted', version, state, options, notes);
}

/** @param to undefined: what served before. Errors: `NOTHING_TO_ROLL_BACK`, `VERSION_UNKNOWN`, `VIEW_DIFFERS`, `CHANGE_LOST` */
export async function rollBack(io: Io, to: number | undefined, options: ChangeOptions): Promise<Change> {
  const { model } = options;
  const state = (await readModelsLog(io, options.definition.name)).of(model.name);
  const version = to ?? state.previous;
  if (version === null) {
    const why = state.champion === null ? 'no version serves' : `no version served before version ${state.champion}`;
    throw refused('NOTHING_TO_ROLL_BACK', `model ${model.name}: ${why}, so there is nothing to roll back to`);
  }
  const known = knownVersion(state, model, version);
  if (version === state.champion) {
    return { model: model.name, version, before: version, changed: false, notes: ['It serves already.'] };
  }
  if (known.status !== 'retired') {
    throw refused(
      'NOTHING_TO_ROLL_BACK',
      `version ${version} of ${model.name} never served: \`headrace promote\` it instead`,
    );
  }
  fitsView(options, known);
  const notes = ['Versions that pass the gates are held back until a person promotes one.'];
  return append(io, 'rolledBack', version, state, options, notes);
}

async function append(
  io: Io,
  kind: 'promoted' | 'rolledBack',
  version: number,
  state: ModelState,
  { definition, model, why, who }: ChangeOptions,
  notes: readonly string[],
): Promise<Change> {
  const body = {
    model: model.name,
    who: who ?? personName(),
    by: 'person' as const,
    why: why ?? '',
    version,
    expects: state.champion,
  };
  const fact: ModelFact = { kind, at: Date.now(), body };
  await appendModelFacts(definition.name, [fact], io);
  const after = await readModelsLog(io, definition.name);
  const because = lost(after, fact);
  if (because !== null) {
    const { champion } = after.of(model.name);
    throw new HeadraceError(
      'CHANGE_LOST',
      `version ${version} of ${model.name} does not serve (${because}): another decision came first, and version ${champion} serves; look at \`headrace models\``,
      { remedy: 'retry', version, champion },
    );
  }
  return { model: model.name, version, before: state.champion, changed: true, notes };
}

/** Why a fact did not count; null where it did. */
function lost(after: ModelsLog, fact: ModelFact): string | null {
  const key = (one: ModelFact) => JSON.stringify([one.kind, one.at, Object.entries(one.body).sort()]);
  const own = key(fact);
  return after.of(fact.body.model).ignored.find((ignored) => key(ignored.fact) === own)?.because ?? null;
}

function knownVersion(state: ModelState, { name }: ModelDefinition, version: number): VersionState {
  const known = state.versions.get(version);
  if (known !== undefined) return known;
  const versions = [...state.versions.keys()];
  const there = versions.length > 0 ? `it has ${versions.join(', ')}` : 'it has none: `headrace train` makes one';
  throw refused('VERSION_UNKNOWN', `model ${name} has no version ${version}; ${there}`, { versions });
}

/** A version can serve only the view that it was trained on. */
function fitsView({ definition, model }: ChangeOptions, { version, view }: VersionState): void {
  const current = definition.views.find(({ name }) => name === model.view)!;
  const hash = viewHash(definition, current);
  if (view.hash === hash) return;
  throw refused(
    'VIEW_DIFFERS',
    `version ${version} of ${model.name} reads view ${view.name} version ${view.version} (${view.hash.slice(0, 12)}), and this topology serves ${current.name} version ${current.version} (${hash.slice(0, 12)}): train again, or serve the topology that it belongs to`,
  );
}

const refused = (code: string, message: string, details: object = {}) =>
  new HeadraceError(code, message, { remedy: 'fix-input', ...details });

/** Who decided: the system's user, which may have no name in a container. */
function personName(): string {
  try {
    return userInfo().username || 'unknown';
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
