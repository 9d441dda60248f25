import { expect, test } from 'vitest';
import { SETTINGS } from '../../../src/runtime/settings-table.js';
import { headrace } from '../support.js';

test('lists every setting, for people and for programs', async () => {
  const env = { HEADRACE_HOLD_MS: '5', HEADRACE_SASL_PASSWORD: 'hunter2', HEADRACE_HOLDMS: '1' };
  const people = await headrace(['config'], env);
  expect(people.code).toBe(0);
  for (const { env: variables } of Object.values(SETTINGS)) expect(people.stdout).toContain(variables[0]);
  expect(people.stdout).toMatch(/HEADRACE_HOLD_MS +5 \(set; default 30000\)/);
  expect(people.stderr).toContain('HEADRACE_HOLDMS is no setting');
  const programs = await headrace(['config', '--json'], env);
  const rows = JSON.parse(programs.stdout) as { name: string }[];
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(SETTINGS));
  expect(rows.find(({ name }) => name === 'holdMs')).toMatchObject({ value: '5', unit: 'ms', from: 'environment' });
  expect(people.stdout + programs.stdout).not.toContain('hunter2');
});

test('with a bad setting it still lists them, and then reports it', async () => {
  const { code, stdout, stderr } = await headrace(['config'], { HEADRACE_HOLD_MS: 'soon' });
  expect(code).toBe(1);
  expect(stdout).toContain('HEADRACE_LOG_LEVEL');
  expect(stderr).toContain('error SETTINGS_INVALID: HEADRACE_HOLD_MS');
});
