/** Tries what a worker needs of this machine: native modules, by loading them, and folders, by writing to them. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../runtime/settings.js';
import type { FolderFacts, ModuleFacts } from './machine.js';

/** Each by a use, not by its presence: a library for another system is there, and does not load. */
const MODULES: readonly (Omit<ModuleFacts, 'error'> & { readonly use: () => Promise<unknown> })[] = [
  { name: 'rocksdb', for: 'features cannot be computed', use: useRocks },
  { name: 'onnxruntime-node', for: 'models cannot be served', use: () => import('onnxruntime-node') },
  {
    name: '@duckdb/node-api',
    for: 'models cannot be trained, nor Parquet be read',
    use: () => import('@duckdb/node-api'),
  },
  { name: 'snappy', for: 'raw topics packed by snappy cannot be read', use: () => import('snappy') },
  { name: 'lz4-napi', for: 'raw topics packed by lz4 cannot be read', use: () => import('lz4-napi') },
];

async function useRocks(): Promise<void> {
  const { openDriver } = await import('../../state/rocks-driver.js');
  const folder = await mkdtemp(join(tmpdir(), 'headrace-doctor-'));
  try {
    const major = Number(process.versions.node.split('.')[0]);
    const driver = await openDriver(major, folder, { blockCacheBytesMax: 1 << 20, writeBufferBytesMax: 1 << 20 });
    await driver.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const failure = async (work: () => Promise<unknown>): Promise<string | null> => {
  try {
    await work();
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
};

export const gatherModules = (): Promise<readonly ModuleFacts[]> =>
  Promise.all(MODULES.map(async ({ name, for: use, use: load }) => ({ name, for: use, error: await failure(load) })));

export function gatherFolders(settings: Settings): Promise<readonly FolderFacts[]> {
  const folders = [
    { what: 'the artifact store', path: settings.artifactFolder, setting: 'HEADRACE_ARTIFACT_FOLDER' },
    { what: 'the state', path: settings.stateFolder, setting: 'HEADRACE_STATE_FOLDER' },
  ];
  return Promise.all(
    folders.map(async (folder) => {
      const error = await failure(() => tryFolder(folder.path));
      const free = error === null ? await statfs(folder.path).catch(() => null) : null;
      return { ...folder, error, freeBytes: free === null ? null : free.bavail * free.bsize };
    }),
  );
}

async function tryFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `doctor-${randomUUID()}.part`);
  try {
    await writeFile(file, 'headrace');
    if ((await readFile(file, 'utf8')) !== 'headrace') throw new Error('what was written is not what is read');
  } finally {
    await rm(file, { force: true });
  }
}
