/** Judges this machine: Node, the native modules, and the folders of state and artifacts. Pure. */
import { error, type Finding, ok, warning } from './finding.js';

export interface ModuleFacts {
  readonly name: string;
  /** What cannot be done without it. */
  readonly for: string;
  /** Why it does not load; null: it does. */
  readonly error: string | null;
}

export interface FolderFacts {
  readonly what: string;
  readonly path: string;
  readonly setting: string;
  /** Why it cannot be written and read; null: it can. */
  readonly error: string | null;
  readonly freeBytes: number | null;
}

const NODE_MAJOR_LEAST = 20;
const FREE_BYTES_LEAST = 1024 ** 3;

export function judgeNode(version: string, modules: readonly ModuleFacts[]): readonly Finding[] {
  const findings: Finding[] = [];
  const major = Number(version.split('.')[0]);
  findings.push(
    major < NODE_MAJOR_LEAST
      ? error('node', `Node ${version} is too old`, `use Node ${NODE_MAJOR_LEAST} or later`)
      : ok('node', `Node ${version}`),
  );
  for (const { name, for: use, error: why } of modules) {
    if (why === null) continue;
    const message = `${name} does not load (${why.split('\n')[0]}): ${use}`;
    findings.push(error('node', message, `npm ci for this system and this Node; see docs/dependencies.md`));
  }
  const loaded = modules.filter((one) => one.error === null).map(({ name }) => name);
  if (loaded.length > 0) findings.push(ok('node', `native modules load: ${loaded.join(', ')}`));
  return findings;
}

export function judgeFolders(folders: readonly FolderFacts[]): readonly Finding[] {
  return folders.flatMap(({ what, path, setting, error: why, freeBytes }): Finding[] => {
    if (why !== null) {
      return [
        error('folders', `${what} in ${path} cannot be written and read: ${why}`, `correct its rights, or ${setting}`),
      ];
    }
    if (freeBytes !== null && freeBytes < FREE_BYTES_LEAST) {
      const message = `${what} in ${path} has ${Math.floor(freeBytes / 1024 ** 2)} MB left`;
      return [warning('folders', message, `free some, or set ${setting} to another disk`)];
    }
    return [ok('folders', `${what} in ${path} can be written and read`)];
  });
}
