import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workersFolder } from '../../../src/cli/workers.js';
import { markOf, writePorts, writeProcesses } from '../../../src/dev/record.js';
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

test('down while a worker runs says whom it would hit, and takes Kafka away only by force', async () => {
  const env = { HEADRACE_FOLDER: folder };
  mkdirSync(folder);
  // Stands for Kafka: a process that bears its mark.
  const broker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', markOf(folder, 'kafka')]);
  await new Promise((done) => broker.once('spawn', done));
  writePorts(folder, { kafka: 1, controller: 1, registry: 1 });
  writeProcesses(folder, { kafka: { pid: broker.pid!, version: '4.1.0' } });
  const place = workersFolder(folder, 'payments');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, `${process.pid}.json`), JSON.stringify({ pid: process.pid, port: 1, pipelines: [] }));
  const refused = await headrace(['down'], env);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain(
    `WORKERS_RUN: a worker runs: process ${process.pid} (payments); it would lose Kafka. Stop it first (Ctrl-C where it runs, or \`kill ${process.pid}\`), or say --force`,
  );
  expect(broker.exitCode ?? broker.signalCode).toBeNull();
  const forced = await headrace(['down', '--force'], env);
  expect(forced).toMatchObject({ code: 0, stdout: 'Stopped kafka.\n' });
  expect(forced.stderr).toContain('it will wait for Kafka, and go on when `headrace up` has started it again');
  expect(await headrace(['down'], env)).toMatchObject({ code: 0, stdout: 'Nothing ran.\n' });
});
