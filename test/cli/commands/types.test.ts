import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('what cannot be read is named', async () => {
  expect((await headrace(['types', join(folder, 'none')])).stderr).toContain('error SCHEMA_NOT_FOUND');
  expect((await headrace(['types', folder])).stderr).toContain('holds no *.avsc');
  writeFileSync(join(folder, 'a.avsc'), '{');
  const { code, stderr } = await headrace(['types', folder]);
  expect(code).toBe(1);
  expect(stderr).toContain(`error SCHEMA_MALFORMED: ${join(folder, 'a.avsc')} is no JSON`);
});
