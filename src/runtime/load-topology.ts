/**
 * Loads a user's topology file, TypeScript or JavaScript, without a build step.
 * Method: jiti, with `headrace` standing for the running package itself, so that a file outside of any installation loads too.
 * The file is not type-checked here, so the definition is validated, and all of its problems are told at once.
 * Errors: `TOPOLOGY_NOT_FOUND`; `TOPOLOGY_INVALID` (it cannot be run, exports no topology, or has problems: `details.problems`).
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { HeadraceError } from '../error.js';
import type { TopologyDefinition } from '../topology/definition.js';
import { type Problem, problemsText, validate } from '../topology/validate.js';

/** This package's index: `.js` in dist, `.ts` in a checkout's tests. */
const OWN_INDEX = fileURLToPath(new URL(`../index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));
const OWN_FOLDER = dirname(OWN_INDEX) + sep;

/** @param path of the file, from the current folder */
export async function loadTopology(path: string): Promise<TopologyDefinition> {
  const { definition, problems } = await loadUnchecked(path);
  if (problems.length > 0) {
    const many = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    throw new HeadraceError('TOPOLOGY_INVALID', `topology ${path} has ${many}:\n${problemsText(problems)}`, {
      remedy: 'fix-definition',
      path,
      problems,
    });
  }
  return definition;
}

/** For `headrace validate`: the definition with its problems. Errors: as above, but for problems. */
export async function loadUnchecked(path: string): Promise<{ definition: TopologyDefinition; problems: Problem[] }> {
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new HeadraceError('TOPOLOGY_NOT_FOUND', `no topology file ${file}; give the path of a .ts or .js file`, {
      remedy: 'fix-input',
      path,
    });
  }
  const exported = (await load(file, path)) as { default?: { definition?: unknown } };
  const definition = exported.default?.definition;
  if (!isDefinition(definition)) {
    const why = exported.default === undefined ? 'it has no default export' : 'its default export is no topology';
    throw invalid(path, `${why}; end it with: export default topology('name', { models: […] })`);
  }
  return { definition, problems: validate(definition) };
}

async function load(file: string, path: string): Promise<unknown> {
  // No cache on disk, and none in memory after the load but of this package: what runs is what the file and its schemas say now.
  // Within one load the cache must hold, since an event that two files import is one event.
  const jiti = createJiti(import.meta.url, {
    alias: { headrace: OWN_INDEX },
    fsCache: false,
    interopDefault: false,
  });
  const cachedBefore = new Set(Object.keys(jiti.cache));
  try {
    return await jiti.import(file);
  } catch (cause) {
    throw invalid(path, `it cannot be run: ${(cause as Error).message}`, cause);
  } finally {
    for (const path of Object.keys(jiti.cache)) {
      if (!cachedBefore.has(path) && !path.startsWith(OWN_FOLDER)) delete jiti.cache[path];
    }
  }
}

const invalid = (path: string, why: string, cause?: unknown) =>
  new HeadraceError('TOPOLOGY_INVALID', `topology ${path}: ${why}`, { remedy: 'fix-definition', path, cause });

function isDefinition(value: unknown): value is TopologyDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, events, groups, views, models } = value as Partial<Record<keyof TopologyDefinition, unknown>>;
  return typeof name === 'string' && [events, groups, views, models].every(Array.isArray);
}
