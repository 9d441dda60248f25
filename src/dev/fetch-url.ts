/** Fetches pinned files from a Maven repository by URL, where Maven is not installed. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HeadraceError } from '../error.js';
import type { PinnedFile } from './pinned.js';

const TRIES_MAX = 3;
const FILE_MAX_MS = 5 * 60_000;
const FILES_AT_ONCE = 4;

export interface UrlFetch {
  /** Of the repository, without a slash at its end. */
  readonly url: string;
  readonly files: readonly PinnedFile[];
  /** An existing folder. */
  readonly into: string;
  readonly progress: (line: string) => void;
}

/** @throws HeadraceError `JARS_UNAVAILABLE` naming the file */
export async function fetchByUrl({ url, files, into, progress }: UrlFetch): Promise<void> {
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const bytes = await fetchFile(url, file);
      writeFileSync(join(into, basename(file.path)), bytes);
      progress(`downloaded ${basename(file.path)} (${Math.ceil(bytes.length / 1024)} KiB)`);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
}

async function fetchFile(url: string, { path, sha256 }: PinnedFile): Promise<Buffer> {
  let why = '';
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    try {
      const response = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(FILE_MAX_MS) });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (!response.ok) why = `status ${response.status}`;
      else if (createHash('sha256').update(bytes).digest('hex') !== sha256) why = 'other bytes than were released';
      else return bytes;
    } catch (error) {
      why = error instanceof Error ? `${error.message} ${error.cause ?? ''}`.trim() : String(error);
    }
  }
  throw new HeadraceError('JARS_UNAVAILABLE', `HEADRACE_JARS_URL: ${path} could not be fetched: ${why}.`, {
    remedy: 'fix-environment',
    path,
  });
}
