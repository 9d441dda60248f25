import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fixture = `${root}test/topology/language.fixture.ts`;
const bare = `${root}test/topology/language.bare.ts`;
const flights = `${root}topology/flights.ts`;

const EXPECTATION = /^\s*\/\/ @ts-expect-error .*$/;
const lines = readFileSync(fixture, 'utf8').split('\n');
/** The fixture without its expectations, line by line. */
const bareText = lines.map((line) => (EXPECTATION.test(line) ? '//' : line)).join('\n');
const expected = lines.flatMap((line, i) => (EXPECTATION.test(line) ? [i + 2] : []));

/** One compilation of all: errors as `file:line`, those of the bare fixture by line. */
function compile(): { named: string[]; bareLines: number[] } {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const options = { ...config.options, types: [], noEmit: true, declaration: false };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => (path === bare ? bareText : readFile.call(host, path));
  host.fileExists = (path) => path === bare || fileExists.call(host, path);
  host.getSourceFile = (path, ...rest) =>
    path === bare
      ? ts.createSourceFile(path, bareText, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, path, ...rest);
  const program = ts.createProgram([fixture, bare, flights], options, host);
  const named: string[] = [];
  const bareLines: number[] = [];
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    if (file?.fileName === bare) bareLines.push(line);
    else named.push(`${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }
  return { named, bareLines };
}

describe('the language, compiled', () => {
  const { named, bareLines } = compile();

  test('the flights compile, and so does everything that the fixture holds for right', () => {
    expect(named).toEqual([]);
  });

  test('each wrong line fails, once, at its own line, and no other', () => {
    expect(expected.length).toBeGreaterThan(60);
    expect(bareLines.sort((a, b) => a - b)).toEqual(expected);
  });
});
