/** The local Kafka from its first start to its last stop, in a folder of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { commandLine } from '../../src/dev/processes.js';
import { down, findLocal, localStatus, up } from '../../src/dev/up.js';
import { readSettings } from '../../src/runtime/settings.js';

const settings = readSettings({});
const folder = mkdtempSync(join(tmpdir(), 'headrace-up-'));
const lines: string[] = [];
const options = {
  folder,
  cacheFolder: settings.cacheFolder,
  settings,
  progress: (line: string) => void lines.push(line),
};

afterAll(async () => {
  await down({ folder });
  rmSync(folder, { recursive: true, force: true });
});

const admin = async <T>(brokers: readonly string[], ask: (admin: kafkajs.Admin) => Promise<T>): Promise<T> => {
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await client.connect();
  return ask(client).finally(() => client.disconnect());
};
const schema = { schema: JSON.stringify({ type: 'record', name: 'Kept', fields: [{ name: 'id', type: 'string' }] }) };

test('up starts both once, however many ask; down stops them; up again finds ports, topics and schemas', async () => {
  expect(await findLocal(folder)).toBeNull();
  const [one, two] = await Promise.all([up(options), up(options)]);
  expect([one.started, two.started].sort()).toEqual([false, true]);
  expect(two.brokers).toEqual(one.brokers);
  expect(one.brokers[0]).toMatch(/^127\.0\.0\.1:/);
  expect(lines.join('\n')).toContain('kafka answers at');

  const third = await up(options);
  expect(third.started).toBe(false);
  await third.stop(); // not its own: goes on
  const running = await localStatus({ folder });
  expect(running.map(({ name, state }) => [name, state])).toEqual([
    ['kafka', 'running'],
    ['registry', 'running'],
  ]);

  await admin(one.brokers, (client) => client.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }] }));
  const registered = await fetch(`${one.registryUrl}/subjects/kept-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(schema),
  });
  const { id } = (await registered.json()) as { id: number };

  expect(await down({ folder })).toEqual(['kafka', 'registry']);
  expect(running.map(({ pid }) => commandLine(pid!))).toEqual([null, null]);
  expect(await down({ folder })).toEqual([]);
  expect((await localStatus({ folder })).map(({ state }) => state)).toEqual(['stopped', 'stopped']);

  const again = await up(options);
  expect({ ...again, stop: null }).toEqual({
    brokers: one.brokers,
    registryUrl: one.registryUrl,
    started: true,
    stop: null,
  });
  const { topics } = await admin(again.brokers, (client) => client.fetchTopicMetadata({ topics: ['kept'] }));
  expect(topics[0]?.partitions).toHaveLength(3);
  const kept = (await (await fetch(`${again.registryUrl}/schemas/ids/${id}`)).json()) as typeof schema;
  expect(kept).toMatchObject(schema);
});

test('one that was killed is started again, the other is left as it is; a recycled process number is never touched', async () => {
  const before = await localStatus({ folder });
  const [kafkaPid, registryPid] = before.map(({ pid }) => pid!);
  process.kill(registryPid!, 'SIGKILL');
  const again = await up(options);
  expect(again.started).toBe(true);
  const after = await localStatus({ folder });
  expect(after[0]?.pid).toBe(kafkaPid);
  expect(after[1]?.pid).not.toBe(registryPid);

  // As after a reboot: the numbers in the file belong to others now, here to this very process.
  await down({ folder });
  const file = join(folder, 'local', 'processes.json');
  writeFileSync(file, JSON.stringify({ kafka: { pid: process.pid, version: '4.1.0' } }));
  expect(await down({ folder })).toEqual([]);
  expect(readFileSync(file, 'utf8').trim()).toBe('{}');
});

test('a service that cannot start names its logs and what they say, and leaves nothing running', async () => {
  const config = join(folder, 'local', 'kafka', 'data', 'meta.properties');
  expect(existsSync(config)).toBe(true);
  const good = readFileSync(config, 'utf8');
  writeFileSync(config, good.replace('node.id=1', 'node.id=2'));
  await expect(up(options)).rejects.toMatchObject({
    code: 'LOCAL_START_FAILED',
    message: expect.stringMatching(/kafka ended while it was starting\. See .*server\.log[\s\S]*node/),
  });
  expect((await localStatus({ folder })).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  writeFileSync(config, good);
});
