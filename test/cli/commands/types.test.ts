import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headrace } from '../support.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-types-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (file: string, name: string, field: string) =>
  writeFileSync(
    join(folder, file),
    JSON.stringify({ type: 'record', name, fields: [{ name: field, type: ['null', 'double'] }] }),
  );

test('writes once, then says that it is up to date; --check writes nothing', async () => {
  put('b.avsc', 'Arrival', 'delay');
  put('a.avsc', 'Departure', 'distance');
  expect(await headrace(['types', folder, '--check'])).toMatchObject({ code: 1 });
  const first = await headrace(['types', folder, '--json']);
  expect(JSON.parse(first.stdout)).toMatchObject({ events: ['Arrival', 'Departure'], written: true });
  const text = readFileSync(join(folder, 'events.ts'), 'utf8');
  expect(text).toContain("delay: 'double | null'");
  expect(await headrace(['types', folder, '--check'])).toMatchObject({ code: 0 });
  put('b.avsc', 'Arrival', 'lateness');
  expect(await headrace(['types', folder, '--check'])).toMatchObject({ code: 1 });
  expect(readFileSync(join(folder, 'events.ts'), 'utf8')).toBe(text);
});

test('a second run writes nothing, and a third says what changed', async () => {
  put('a.avsc', 'Departure', 'distance');
  put('b.avsc', 'Arrival', 'delay');
  const file = join(folder, 'events.ts');
  expect((await headrace(['types', folder])).stdout).toBe(`Wrote ${file}: Arrival, Departure.\n`);
  const { mtimeMs } = statSync(file);
  expect((await headrace(['types', folder])).stdout).toBe(`${file} is up to date: Arrival, Departure.\n`);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  put('a.avsc', 'Departure', 'miles');
  put('b.avsc', 'Payment', 'amount');
  const told = 'added Payment; changed Departure; removed Arrival';
  expect((await headrace(['types', folder, '--check'])).stdout).toContain(`is not up to date (${told}): run`);
  expect((await headrace(['types', folder])).stdout).toBe(`Wrote ${file}: Departure, Payment (${told}).\n`);
});

test('a file that it did not write is overwritten only by force', async () => {
  put('a.avsc', 'Departure', 'distance');
  const file = join(folder, 'events.ts');
  writeFileSync(file, 'export const mine = 1;\n');
  const refused = await headrace(['types', folder]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain(`error FILE_NOT_OURS: ${file} was not written by`);
  expect(readFileSync(file, 'utf8')).toBe('export const mine = 1;\n');
  expect((await headrace(['types', folder, '--check'])).code).toBe(1);
  expect((await headrace(['types', folder, '--force'])).stdout).toContain(`Wrote ${file}: Departure`);
  put('a.avsc', 'Departure', 'miles');
  expect((await headrace(['types', folder])).code).toBe(0);
});

test('what cannot be read is named', async () => {
  expect((await headrace(['types', join(folder, 'none')])).stderr).toContain('error SCHEMA_NOT_FOUND');
  expect((await headrace(['types', folder])).stderr).toContain('holds no *.avsc');
  writeFileSync(join(folder, 'a.avsc'), '{');
  const { code, stderr } = await headrace(['types', folder]);
  expect(code).toBe(1);
  expect(stderr).toContain(`error SCHEMA_MALFORMED: ${join(folder, 'a.avsc')} is no JSON`);
});
