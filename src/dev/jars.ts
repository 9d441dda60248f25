/**
 * The jars of the local Kafka and registry, in the user's cache, one folder a version.
 * Goal: downloaded once, never run when damaged. Method: fetched into a folder aside (through Maven, whose settings and
 * mirrors count, else from a Maven repository by URL), compared with what is pinned, listed with their SHA-256, and renamed
 * into place; each start compares the files with that list, and fetches anew what does not match.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HeadraceError } from '../error.js';
import { fetchByMaven } from './fetch-maven.js';
import { fetchByUrl } from './fetch-url.js';
import { findMaven, mavenMissing } from './java.js';
import { withLock } from './lock.js';
import { PINNED } from './pinned.js';

/** Changes with what is fetched for one and the same version. */
const LAYOUT = 'local-1';
const LIST = 'sha256.json';
/** Another process may be downloading. */
const DOWNLOAD_WAIT_MS = 15 * 60_000;
const FILES_AT_ONCE = 4;

export type Product = 'kafka' | 'registry';

export interface JarsOptions {
  readonly product: Product;
  readonly version: string;
  readonly cacheFolder: string;
  readonly jarsUrl: string | null;
  readonly progress: (line: string) => void;
}

/**
 * The folder with a product's verified files; downloads them if they are not there.
 * @throws HeadraceError `JAVA_MISSING`, `JARS_UNAVAILABLE`, `JARS_BROKEN`
 */
export async function jarsFolder(options: JarsOptions): Promise<string> {
  const { product, version, cacheFolder, progress } = options;
  const name = `${product}-${version}`;
  const folder = join(cacheFolder, LAYOUT, name);
  if ((await damage(folder)) === null) return folder;
  return withLock(
    `${folder}.lock`,
    DOWNLOAD_WAIT_MS,
    async () => {
      const why = await damage(folder);
      if (why === null) return folder;
      if (existsSync(folder)) progress(`${name}: ${why}; fetching it anew`);
      rmSync(folder, { recursive: true, force: true });
      await fetchInto(folder, name, options);
      return folder;
    },
    (holder) => progress(`waiting for process ${holder}, which is downloading ${name}`),
  );
}

async function fetchInto(folder: string, name: string, { product, version, jarsUrl, progress }: JarsOptions) {
  const aside = `${folder}.${randomUUID()}`;
  mkdirSync(aside, { recursive: true });
  try {
    const maven = await findMaven();
    const pinned = PINNED[name];
    if (maven || jarsUrl) progress(`downloading ${name} (once; kept in ${dirname(folder)})`);
    if (maven) await fetchByMaven({ maven, product, version, into: aside, log: `${folder}.mvn.log`, progress });
    else if (!jarsUrl) throw mavenMissing();
    else if (pinned) await fetchByUrl({ url: jarsUrl, files: pinned, into: aside, progress });
    else {
      throw new HeadraceError(
        'JARS_UNAVAILABLE',
        `Which files ${name} consists of is known by Maven only: install \`mvn\`, or leave the version at its default.`,
        { remedy: 'fix-environment' },
      );
    }
    const sums = await sumsOf(aside);
    if (pinned) {
      const expected = new Map(pinned.map(({ path, sha256 }) => [basename(path), sha256]));
      const wrong = [...new Set([...expected.keys(), ...sums.keys()])].filter(
        (file) => expected.get(file) !== sums.get(file),
      );
      if (wrong.length > 0) {
        throw new HeadraceError(
          'JARS_BROKEN',
          `${name} was downloaded, but these are not the released files: ${wrong.join(', ')}. Look at the repository or mirror they came from.`,
          { remedy: 'fix-environment', files: wrong },
        );
      }
    }
    if (product === 'registry') await unpack(aside);
    writeFileSync(join(aside, LIST), JSON.stringify(Object.fromEntries(await sumsOf(aside))));
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

async function unpack(folder: string): Promise<void> {
  const { execFile } = await import('node:child_process');
  for (const archive of readdirSync(folder).filter((file) => file.endsWith('.tar.gz'))) {
    await new Promise<void>((done, failed) => {
      execFile('tar', ['-xzf', archive], { cwd: folder }, (cause) =>
        cause
          ? failed(
              new HeadraceError('JARS_BROKEN', `\`tar\` could not unpack ${archive}: ${cause.message}`, {
                remedy: 'fix-environment',
                cause,
              }),
            )
          : done(),
      );
    });
    rmSync(join(folder, archive));
  }
}

/** What is wrong with a folder of the cache, or null. */
async function damage(folder: string): Promise<string | null> {
  if (!existsSync(folder)) return 'not downloaded yet';
  let expected: Map<string, string>;
  try {
    expected = new Map(Object.entries(JSON.parse(readFileSync(join(folder, LIST), 'utf8')) as Record<string, string>));
  } catch {
    return `${LIST} is missing or unreadable`;
  }
  const sums = await sumsOf(folder);
  for (const [file, sum] of expected) if (sums.get(file) !== sum) return `${file} is missing or damaged`;
  for (const file of sums.keys()) if (!expected.has(file)) return `${file} does not belong there`;
  return expected.size === 0 ? 'empty' : null;
}

/** SHA-256 of every file, by path; the list itself excepted. */
async function sumsOf(folder: string): Promise<Map<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => relative(folder, path) !== LIST && statSync(path).isFile());
  const sums = new Map<string, string>();
  const worker = async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
      sums.set(relative(folder, file), hash.digest('hex'));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  return sums;
}
