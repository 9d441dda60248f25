import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSettings } from '../../src/runtime/settings.js';

const text = readFileSync(new URL('../../docker/compose.yaml', import.meta.url), 'utf8');
const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);

test('the containers are of the versions that `up` runs', () => {
  const { kafkaVersion, registryVersion } = readSettings({});
  expect(all(/^ {4}image: \S+:(\S+)$/gm)).toEqual([kafkaVersion, registryVersion]);
});

test('every port is on loopback only, and the addresses that are told are those', () => {
  const published = all(/ports: \["([^"]+)"\]/g);
  expect(published).toHaveLength(2);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  const told = readSettings({
    KAFKA_BROKERS: all(/KAFKA_BROKERS=(\S+)/g)[0],
    SCHEMA_REGISTRY_URL: all(/SCHEMA_REGISTRY_URL=(\S+)/g)[0],
  });
  expect(published[0]).toBe(`${told.brokers![0]}:29092`);
  expect(told.registryUrl).toBe(`http://${published[1]!.replace(/:8080$/, '')}/apis/ccompat/v7`);
  expect(all(/KAFKA_ADVERTISED_LISTENERS: PLAINTEXT:\/\/(\S+)/g)).toEqual(told.brokers);
});
