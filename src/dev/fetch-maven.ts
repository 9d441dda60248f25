/** Fetches a product's files through Maven, so that the user's mirrors, proxies and credentials count. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HeadraceError } from '../error.js';
import type { Product } from './jars.js';

const MAVEN_MAX_MS = 10 * 60_000;
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Kafka logs through slf4j, and brings no back end for it; this one is log4j's, which Kafka does bring. */
const LOG_BACKEND = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-slf4j-impl', version: '2.24.3' };

const dependency = ({ groupId, artifactId, version }: typeof LOG_BACKEND) =>
  `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;

const pom = (dependencies: string) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>headrace</groupId><artifactId>local</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies}</dependencies>
</project>
`;

const KAFKA = (version: string) =>
  dependency({ groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version }) + dependency(LOG_BACKEND);

const REGISTRY = (version: string) => `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;

export interface MavenFetch {
  readonly maven: string;
  readonly product: Product;
  readonly version: string;
  /** An existing folder. */
  readonly into: string;
  /** What Maven says goes here; errors name it. */
  readonly log: string;
  readonly progress: (line: string) => void;
}

/** @throws HeadraceError `JARS_UNAVAILABLE` naming Maven's log */
export async function fetchByMaven({ maven, product, version, into, log, progress }: MavenFetch): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-'));
  try {
    const file = join(folder, 'pom.xml');
    writeFileSync(file, pom(product === 'kafka' ? KAFKA(version) : ''));
    const goal =
      product === 'kafka'
        ? [`${DEPENDENCY_PLUGIN}:copy-dependencies`]
        : [`${DEPENDENCY_PLUGIN}:copy`, `-Dartifact=${REGISTRY(version)}`];
    await run(maven, ['-B', '-f', file, ...goal, `-DoutputDirectory=${into}`], log, progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `apicurio-registry-app-all.tar.gz (142 MB at 48 MB/s)` of Maven's line; without the place, which may hold credentials. */
export function downloaded(line: string): string | null {
  const found = /^\[INFO\] Downloaded from [^:]+: \S*\/(\S+\.(?:jar|tar\.gz) \([^)]*\))/.exec(line);
  return found ? `downloaded ${found[1]}` : null;
}

async function run(maven: string, args: readonly string[], log: string, progress: (line: string) => void) {
  const output = createWriteStream(log);
  const child = spawn(maven, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: MAVEN_MAX_MS });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.write(`${line}\n`);
      const what = downloaded(line);
      if (what) progress(what);
    });
  }
  const code = await new Promise<number | string>((done, failed) => {
    child.once('error', failed);
    child.once('close', (exit, signal) => done(exit ?? signal ?? 'unknown'));
  });
  output.end();
  if (code !== 0) {
    throw new HeadraceError('JARS_UNAVAILABLE', `\`mvn\` could not bring the jars (${code}); see ${log}.`, {
      remedy: 'fix-environment',
      log,
    });
  }
}
