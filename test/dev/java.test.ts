import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findJava, javaMajor, withoutJava } from '../../src/dev/java.js';

test('versions old and new are read', () => {
  expect(javaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17);
  expect(javaMajor('java version "1.8.0_392"')).toBe(8);
  expect(javaMajor('openjdk version "21" 2023-09-19')).toBe(21);
  expect(javaMajor('command not found')).toBeNull();
});

test('without Java, the error says what else there is', async () => {
  await expect(findJava({ JAVA_HOME: '/nowhere' })).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: expect.stringMatching(/docker compose -f docker\/compose\.yaml up -d`.*KAFKA_BROKERS/),
  });
});

test('the compose file is named where it lies, seen from the folder of the command', () => {
  const compose = join(process.cwd(), 'docker/compose.yaml');
  expect(withoutJava(process.cwd())).toContain('docker compose -f docker/compose.yaml up -d');
  expect(withoutJava('/somewhere/else')).toContain(`docker compose -f ${compose} up -d`);
  expect(withoutJava('/', '/nowhere/compose.yaml')).not.toContain('docker');
});
