import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headrace } from '../support.js';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'headrace-cli-up-')), 'project');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

test('up starts nothing where a Kafka is set', async () => {
  const env = { KAFKA_BROKERS: 'a:9092', SCHEMA_REGISTRY_URL: 'http://b', HEADRACE_FOLDER: folder };
  const { code, stdout } = await headrace(['up', '--json'], env);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ brokers: ['a:9092'], registryUrl: 'http://b', started: false });
  expect(existsSync(folder)).toBe(false);
});

test('down where nothing ever ran does nothing, and says so', async () => {
  const { code, stdout } = await headrace(['down'], { HEADRACE_FOLDER: folder });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Nothing ran.\n' });
  expect(existsSync(folder)).toBe(false);
});
