/** The cache of jars, with a `mvn` of a few lines in place of the real one. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloaded } from '../../src/dev/fetch-maven.js';
import { fetchByUrl } from '../../src/dev/fetch-url.js';
import { jarsFolder } from '../../src/dev/jars.js';
import { PINNED } from '../../src/dev/pinned.js';

const path = process.env.PATH;
let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-jars-'));
  lines = [];
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

/** Writes `content` to one jar of the folder that it is told. */
function installMaven(content: string, exit = 0): void {
  const file = join(folder, 'bin', 'mvn');
  writeFileSync(
    file,
    `#!/bin/sh
for arg in "$@"; do case $arg in -DoutputDirectory=*) into=\${arg#*=};; -v) exit 0;; esac; done
echo '[INFO] Downloaded from mirror: scheme://user:secret@host/org/a/1/a-1.jar (1 kB at 2 kB/s)'
echo run >> '${folder}/runs'
printf '%s' '${content}' > "$into/a-1.jar"
exit ${exit}
`,
  );
  chmodSync(file, 0o755);
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
}
const runs = () => readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length;
const jars = (version = '0.0.1', jarsUrl: string | null = null) =>
  jarsFolder({
    product: 'kafka',
    version,
    cacheFolder: join(folder, 'cache'),
    jarsUrl,
    progress: (line) => void lines.push(line),
  });

test('fetched once, also by two at a time; fetched anew when damaged, cut short, or joined by a stranger', async () => {
  installMaven('bytes');
  const [at] = await Promise.all([jars(), jars()]);
  await jars();
  expect(runs()).toBe(1);
  expect(lines).toContain('downloaded a-1.jar (1 kB at 2 kB/s)');
  expect(lines.join()).not.toContain('secret');

  for (const harm of [
    () => writeFileSync(join(at!, 'a-1.jar'), 'bytez'),
    () => rmSync(join(at!, 'a-1.jar')),
    () => writeFileSync(join(at!, 'b.jar'), ''),
    () => writeFileSync(join(at!, 'sha256.json'), '{"a-1'),
  ]) {
    harm();
    const before = runs();
    expect(readFileSync(join(await jars(), 'a-1.jar'), 'utf8')).toBe('bytes');
    expect(runs()).toBe(before + 1);
  }
  expect(readdirSync(join(folder, 'cache', 'local-1')).sort()).toEqual(['kafka-0.0.1', 'kafka-0.0.1.mvn.log']);
});

test('what Maven brings for the default version must be the released files', async () => {
  installMaven('something else');
  await expect(jars('4.1.0')).rejects.toMatchObject({
    code: 'JARS_BROKEN',
    message: expect.stringContaining('a-1.jar'),
  });
  expect(existsSync(join(folder, 'cache', 'local-1', 'kafka-4.1.0'))).toBe(false);
});

test('a failing Maven is reported with its log', async () => {
  installMaven('', 1);
  await expect(jars()).rejects.toMatchObject({
    code: 'JARS_UNAVAILABLE',
    message: expect.stringContaining(join(folder, 'cache', 'local-1', 'kafka-0.0.1.mvn.log')),
  });
});

test('without Maven: a URL, or an error that says what else there is', async () => {
  process.env.PATH = join(folder, 'bin');
  await expect(jars()).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: expect.stringContaining('docker compose'),
  });
  await expect(jars('0.0.1', 'http://127.0.0.1:1')).rejects.toMatchObject({ code: 'JARS_UNAVAILABLE' });
});

test('files by URL are compared with what is pinned', async () => {
  const server = createServer((request, response) => response.end(`content of ${request.url}`));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/maven`;
  const sha256 = createHash('sha256').update('content of /maven/org/a-1.jar').digest('hex');
  const get = (sum: string) =>
    fetchByUrl({ url, files: [{ path: 'org/a-1.jar', sha256: sum }], into: folder, progress: () => {} });
  try {
    await get(sha256);
    expect(readFileSync(join(folder, 'a-1.jar'), 'utf8')).toBe('content of /maven/org/a-1.jar');
    await expect(get('0'.repeat(64))).rejects.toMatchObject({
      code: 'JARS_UNAVAILABLE',
      message: expect.stringContaining('org/a-1.jar could not be fetched: other bytes than were released'),
    });
  } finally {
    server.close();
  }
});

test('every pinned file has a path and a sum', () => {
  const files = Object.values(PINNED).flat();
  expect(files.length).toBe(47);
  expect(files.every(({ path: at, sha256 }) => /\.(jar|tar\.gz)$/.test(at) && /^[0-9a-f]{64}$/.test(sha256))).toBe(
    true,
  );
  expect(downloaded('[INFO] Downloading from x: y://z/a.jar')).toBeNull();
});
