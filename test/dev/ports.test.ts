import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts, HOST, isFree } from '../../src/dev/ports.js';

test('remembered ports are kept while they are free, and chosen anew when taken', async () => {
  const first = await choosePorts(['a', 'b'], {});
  expect(first.a).not.toBe(first.b);
  expect(await choosePorts(['a', 'b'], first)).toEqual(first);

  const server = createServer();
  await new Promise<void>((done) => server.listen(first.a, HOST, done));
  try {
    expect(await isFree(first.a)).toBe(false);
    const second = await choosePorts(['a', 'b'], first);
    expect(second.a).not.toBe(first.a);
    expect(second.b).toBe(first.b);
  } finally {
    server.close();
  }
});

test('two names never get one port, whatever is remembered', async () => {
  const { a } = await choosePorts(['a'], {});
  const ports = await choosePorts(['a', 'b'], { a, b: a });
  expect(ports.a).toBe(a);
  expect(ports.b).not.toBe(a);
});
