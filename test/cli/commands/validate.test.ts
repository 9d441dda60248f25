import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { settleDefinitions } from '../../../src/runtime/definitions.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';
import { systemClock } from '../../../src/runtime/ports.js';
import { ensureTopics } from '../../../src/runtime/topics.js';
import { memoryBrokers } from '../memory.js';
import { ridesFolder } from '../rides.js';

const { connect, headrace } = memoryBrokers();
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

test('what Kafka has recorded under the same versions is compared', async () => {
  const rides = ridesFolder();
  const env = { KAFKA_BROKERS: 'memory:1', SCHEMA_REGISTRY_URL: 'http://memory' };
  const validate = (...args: string[]) => headrace(['validate', rides.topology, ...args], env);
  try {
    expect((await headrace(['validate', rides.topology], { HEADRACE_FOLDER: folder })).stdout).toContain(
      'Kafka: not compared: none is set and none runs here.',
    );
    expect((await headrace(['validate', rides.topology], { KAFKA_BROKERS: 'memory:1' })).stdout).toContain(
      'Kafka: not compared: SCHEMA_REGISTRY_URL is not set',
    );
    expect((await validate()).stdout).toContain('Kafka: this topology has not run there yet.');
    const { log, codec } = await connect();
    const definition = await loadTopology(rides.topology);
    await log.createTopics(definition.events.map(({ topic }) => ({ topic, partitions: 1, config: {} })));
    await settleDefinitions(definition, await ensureTopics(log, definition), { log, codec, clock: systemClock });
    expect(await validate()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Kafka: the same definitions are recorded under these versions.'),
    });
    const source = readFileSync(rides.topology, 'utf8');
    writeFileSync(rides.topology, source.replace("count(ride, '1h')", "count(ride, '3h')"));
    const { code, stdout } = await validate();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /taxi is valid: .*\nBut it is not what is recorded under the same versions, so `headrace run` refuses it/,
    );
    expect(stdout).toContain(
      '  group driver@1:\n    group.features[rides_1h].window: "1h" -> "3h"\n  view fares@1:\n    a group that it reads changed: hash ',
    );
    expect(JSON.parse((await validate('--json')).stdout)).toMatchObject({
      valid: true,
      changed: [{ what: 'group driver@1' }, { what: 'view fares@1' }],
    });
  } finally {
    rides.remove();
  }
});
