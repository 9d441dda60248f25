/** Finds Java and Maven. Errors: `JAVA_MISSING`, which says what else there is. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadraceError } from '../error.js';

const JAVA_LEAST = 17;
const ASK_MS = 30_000;

/** Beside `src` and `dist`, in a clone as in the installed package. */
const COMPOSE = fileURLToPath(new URL('../../docker/compose.yaml', import.meta.url));

/** @returns what there is instead of Java, with paths that hold in folder `cwd` */
export function withoutJava(cwd: string = process.cwd(), compose: string = COMPOSE): string {
  const own = 'set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to a Kafka and a registry that run already';
  if (!existsSync(compose)) return `Or ${own}.`;
  const near = relative(cwd, compose);
  const path = near.startsWith('..') ? compose : near;
  const word = /^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path);
  return `Or run \`docker compose -f ${word} up -d\` and set what its first lines name, or ${own}.`;
}

const output = (command: string, args: readonly string[]): Promise<string | null> =>
  new Promise((done) => {
    execFile(command, args, { timeout: ASK_MS }, (error, stdout, stderr) => done(error ? null : `${stdout}${stderr}`));
  });

/** The version's first number: 17 for `17.0.15`, 8 for `1.8.0_392`. */
export function javaMajor(versionOutput: string): number | null {
  const found = /version "(?:1\.)?(\d+)/.exec(versionOutput);
  return found ? Number(found[1]) : null;
}

/** The `java` to use: that of JAVA_HOME, else the one on the path. */
export async function findJava(env: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  const command = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : 'java';
  const text = await output(command, ['-version']);
  const major = text === null ? null : javaMajor(text);
  if (major !== null && major >= JAVA_LEAST) return command;
  const what = major === null ? `\`${command} -version\` did not answer` : `${command} is version ${major}`;
  throw new HeadraceError(
    'JAVA_MISSING',
    `The local Kafka needs Java ${JAVA_LEAST}, but ${what}. Install it. ${withoutJava()}`,
    {
      remedy: 'fix-environment',
      command,
    },
  );
}

/** The `mvn` on the path, or null. */
export const findMaven = async (): Promise<string | null> => ((await output('mvn', ['-v'])) === null ? null : 'mvn');

export const mavenMissing = () =>
  new HeadraceError(
    'JAVA_MISSING',
    'The jars of the local Kafka are not in the cache, and `mvn`, which would bring them, is not installed. Install ' +
      `Maven, or set HEADRACE_JARS_URL to a Maven repository. ${withoutJava()}`,
    { remedy: 'fix-environment' },
  );
