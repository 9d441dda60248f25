import { expect, test } from 'vitest';
import { errorText } from '../../src/cli/errors.js';
import { commandNames } from '../../src/cli/run.js';
import { COMMAND_GROUPS } from '../../src/cli/ui/help.js';
import { ownVersion } from '../../src/cli/version.js';
import { HeadraceError } from '../../src/error.js';
import { headrace } from './support.js';

test('help lists every command with what it does, and so does no argument', async () => {
  const { code, stdout } = await headrace(['--help']);
  expect(code).toBe(0);
  for (const name of commandNames()) expect(stdout).toMatch(new RegExp(`^  ${name}\\b.* {2,}\\S`, 'm'));
  expect(stdout).toContain('Examples:');
  expect(await headrace([])).toMatchObject({ code: 0, stdout });
});

test('help groups commands by what one wants to do, and wraps', async () => {
  const { stdout } = await headrace(['--help']);
  const titles = stdout.split('\n').filter((line) => /^[A-Z].*:$/.test(line));
  expect(titles).toEqual(['Options:', ...COMMAND_GROUPS.map(([title]) => `${title}:`), 'More:', 'Examples:']);
  expect(stdout.slice(stdout.indexOf('More:'), stdout.indexOf('Examples:')).trim().split('\n')).toHaveLength(2);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('each command explains itself', async () => {
  for (const name of commandNames()) {
    const { code, stdout } = await headrace([name, '--help']);
    expect(code, name).toBe(0);
    expect(stdout).toContain(`Usage: headrace ${name}`);
    expect(stdout).toContain('--json');
  }
});

test('the version is the package’s', async () => {
  expect(await headrace(['--version'])).toMatchObject({ code: 0, stdout: `${ownVersion()}\n` });
});

test('a wrong call is code 2, and suggests', async () => {
  const unknown = await headrace(['confg']);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain("error USAGE: unknown command 'confg'");
  expect(unknown.stderr).toContain('config');
  expect(await headrace(['validate'])).toMatchObject({ code: 2 });
  const { code, stderr } = await headrace(['validate', '--nope', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', message: "unknown option '--nope'" } });
});

test('an error is code 1: its code, what happened, what to do, and no stack unless asked', async () => {
  const plain = await headrace(['validate', 'nothing.ts']);
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^error TOPOLOGY_NOT_FOUND: .*nothing\.ts.*\nCorrect the input.*\n$/);
  const debug = await headrace(['validate', 'nothing.ts'], { HEADRACE_DEBUG: '1' });
  expect(debug.stderr).toContain('load-topology');
  const json = await headrace(['--json', 'validate', 'nothing.ts']);
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'TOPOLOGY_NOT_FOUND', remedy: 'fix-input' } });
});

test('what was not foreseen is named so; secrets are masked in every form', () => {
  const error = new HeadraceError('X', 'at http://me:hunter2@host', { remedy: 'retry', password: 'hunter2' });
  for (const json of [true, false]) {
    expect(errorText(new Error('boom'), { json, debug: false })).toMatch(/UNEXPECTED.*boom/);
    expect(errorText(error, { json, debug: true })).not.toContain('hunter2');
  }
});
