import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { confluentRegistry } from '../../src/codec/registry.js';
import { localKafka } from '../support/kafka.js';

const record = (name: string) => ({ type: 'record', name, fields: [{ name: 'a', type: 'long' }] });

test('workers that register one new subject at once all get its id', async () => {
  const { registryUrl } = await localKafka();
  for (let round = 0; round < 10; round++) {
    const subject = `race-${randomUUID()}-value`;
    // One after the other within some ms: some find the subject there, and its compatibility not yet set by the first.
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await new Promise((later) => setTimeout(later, i * 3));
        return confluentRegistry(registryUrl).register(subject, record(`Race${round}`));
      }),
    );
    expect(new Set(ids).size).toBe(1);
  }
});

test('a subject whose owner has set another compatibility keeps it', async () => {
  const { registryUrl } = await localKafka();
  const subject = `own-${randomUUID()}-value`;
  const registry = confluentRegistry(registryUrl);
  const id = await registry.register(subject, record('Own'));
  const put = await fetch(`${registryUrl}/config/${subject}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: 'FULL' }),
  });
  expect(put.ok).toBe(true);
  expect(await confluentRegistry(registryUrl).register(subject, record('Own'))).toBe(id);
  const config = (await (await fetch(`${registryUrl}/config/${subject}`)).json()) as { compatibilityLevel: string };
  expect(config.compatibilityLevel).toBe('FULL');
  // What the owner's rule forbids is still refused.
  const other = { type: 'record', name: 'Own', fields: [{ name: 'b', type: 'string' }] };
  await expect(confluentRegistry(registryUrl).register(subject, other)).rejects.toMatchObject({
    code: 'SCHEMA_REFUSED',
  });
});
