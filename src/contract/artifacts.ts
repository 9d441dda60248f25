/**
 * The artifact store: bytes named by their sha256, so that a name can neither be reused nor mean two things.
 * Method (folder): `<folder>/sha256/ab/abcdef…`, written beside and renamed; a file that is there already is not written again.
 * Invariants: what `get` and `path` return has been checked against its name (a path once per store, since nothing changes a file);
 * a reader never sees a half-written file.
 * Errors: `ARTIFACT_MISSING`, `ARTIFACT_BROKEN`, `ARTIFACT_ID_INVALID`, `FILE_NOT_WRITTEN`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeadraceError } from '../error.js';

export interface ArtifactStore {
  /** Stores a copy of a file; its sha256 in hexadecimal is its id. */
  putFile(path: string): Promise<string>;
  put(bytes: Uint8Array): Promise<string>;
  get(id: string): Promise<Buffer>;
  /** A local file with the artifact's bytes, to be read only. */
  path(id: string): Promise<string>;
  has(id: string): Promise<boolean>;
}

const ID = /^[0-9a-f]{64}$/;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

export function folderArtifacts(folder: string): ArtifactStore {
  const checked = new Set<string>();

  function fileOf(id: string): string {
    if (!ID.test(id)) {
      throw new HeadraceError('ARTIFACT_ID_INVALID', `'${id}' is no artifact id; one has 64 hexadecimal digits`, {
        remedy: 'fix-input',
        id,
      });
    }
    return join(folder, 'sha256', id.slice(0, 2), id);
  }

  /** `write` makes the file at the path that it is given; renamed when it is complete. */
  async function store(id: string, write: (path: string) => Promise<void>): Promise<string> {
    const file = fileOf(id);
    if (await exists(file)) return id;
    const beside = `${file}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(file), { recursive: true });
      await write(beside);
      await sync(beside);
      await rename(beside, file);
    } catch (cause) {
      await rm(beside, { force: true });
      if (cause instanceof HeadraceError) throw cause;
      throw new HeadraceError('FILE_NOT_WRITTEN', `cannot write ${file}: ${(cause as Error).message}`, {
        remedy: 'fix-environment',
        cause,
        file,
      });
    }
    return id;
  }

  function verify(id: string, file: string, found: string): void {
    if (found === id) return;
    throw new HeadraceError(
      'ARTIFACT_BROKEN',
      `${file} does not hold what its name says (its sha256 is ${found}); delete it and bring it back from a copy, or train again`,
      { remedy: 'fix-environment', file, id, found },
    );
  }

  return {
    put: (bytes) => store(sha256(bytes), (path) => writeFile(path, bytes)),
    async putFile(source) {
      const id = await sha256OfFile(source);
      await store(id, async (path) => {
        await copyFile(source, path);
        verify(id, path, await sha256OfFile(path)); // the source may have changed meanwhile
      });
      return id;
    },
    async get(id) {
      const file = fileOf(id);
      const bytes = await readFile(file).catch((cause) => missing(id, file, cause));
      verify(id, file, sha256(bytes));
      return bytes;
    },
    async path(id) {
      const file = fileOf(id);
      if (!(await exists(file))) missing(id, file, undefined);
      if (!checked.has(id)) verify(id, file, await sha256OfFile(file));
      checked.add(id);
      return file;
    },
    has: (id) => exists(fileOf(id)),
  };
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** Bytes reach the disk before the name does. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function missing(id: string, file: string, cause: unknown): never {
  throw new HeadraceError(
    'ARTIFACT_MISSING',
    `artifact ${id} is not in the store: no ${file}; point the artifact setting at the folder it was written to, or restore it`,
    { remedy: 'fix-environment', file, id, cause },
  );
}
