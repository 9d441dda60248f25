import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderArtifacts, sha256 } from '../../src/contract/artifacts.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headrace-artifacts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('folderArtifacts', () => {
  it('names bytes by their sha256, where a reader can find them', async () => {
    const store = folderArtifacts(folder);
    const bytes = Buffer.from('a model');
    const id = await store.put(bytes);
    expect(id).toBe(sha256(bytes));
    expect(await store.has(id)).toBe(true);
    expect(await store.get(id)).toEqual(bytes);
    expect(await store.path(id)).toBe(join(folder, 'sha256', id.slice(0, 2), id));
    expect(await readFile(await store.path(id))).toEqual(bytes);
  });

  it('stores a file, twice the same, and leaves nothing half-written', async () => {
    const store = folderArtifacts(join(folder, 'store'));
    const file = join(folder, 'part.parquet');
    await writeFile(file, 'rows');
    const ids = await Promise.all([store.putFile(file), store.putFile(file), store.put(Buffer.from('rows'))]);
    expect(new Set(ids).size).toBe(1);
    expect(await readdir(join(folder, 'store', 'sha256', ids[0]!.slice(0, 2)))).toEqual([ids[0]]);
  });

  it('names a missing file and what to do', async () => {
    const store = folderArtifacts(folder);
    const id = sha256(Buffer.from('never stored'));
    expect(await store.has(id)).toBe(false);
    for (const read of [store.get, store.path])
      await expect(read(id)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING', message: expect.stringContaining(id) });
  });

  it('refuses a file that does not hold what its name says', async () => {
    const store = folderArtifacts(folder);
    const id = await store.put(Buffer.from('a model'));
    await writeFile(join(folder, 'sha256', id.slice(0, 2), id), 'another');
    for (const read of [store.get, store.path])
      await expect(read(id)).rejects.toMatchObject({ code: 'ARTIFACT_BROKEN', remedy: 'fix-environment' });
  });

  it.each(['', '../../etc/passwd', 'ABC'])('refuses %j as an id', async (id) => {
    await expect(async () => folderArtifacts(folder).get(id)).rejects.toMatchObject({ code: 'ARTIFACT_ID_INVALID' });
  });
});
