import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { headrace } from '../support.js';

const folder = mkdtempSync(join(tmpdir(), 'headrace-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function topology(name: string, definition: object): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `export default { definition: ${JSON.stringify(definition)} };`);
  return file;
}
const time = { name: 'time', type: { type: 'long', logicalType: 'timestamp-millis' } };
const taxi = {
  topic: 'rides',
  schema: { type: 'record', name: 'Ride', fields: [{ name: 'ride_id', type: 'string' }, time] },
  id: ['ride_id'],
  time: 'time',
  knownAt: { by: 'field', field: 'time', plusMs: 0 },
  marks: false,
};

test('all problems are reported at once, with code 1', async () => {
  const broken = { ...taxi, id: ['nope'], time: 'never' };
  const file = topology('broken', { name: 'taxi', events: [broken], groups: [], views: [], models: [] });
  const people = await headrace(['validate', file]);
  expect(people.code).toBe(1);
  expect(people.stdout).toContain('nope');
  expect(people.stdout).toContain('never');
  const programs = await headrace(['validate', file, '--json']);
  expect(programs.code).toBe(1);
  const { valid, problems } = JSON.parse(programs.stdout) as { valid: boolean; problems: object[] };
  expect(valid).toBe(false);
  expect(problems.length).toBeGreaterThanOrEqual(2);
});

test('the flights are valid', async () => {
  const { code, stdout } = await headrace(['validate', 'topology/flights.ts']);
  expect(stdout).toMatch(/^flights is valid: 3 events, 3 groups, 1 view, 1 model\.$/m);
  expect(code).toBe(0);
});
