import { expect, test } from 'vitest';
import { Transient } from '../../../src/log/kafka/retry.js';
import { spaced } from '../../../src/log/kafka/spaced.js';

function world() {
  const state = { now: 0, up: false, attempts: 0 };
  const connect = spaced(
    async (host, port) => {
      state.attempts++;
      if (!state.up) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
      return `${host}:${port}`;
    },
    () => state.now,
  );
  return { state, connect };
}

test('fifty that ask every ten milliseconds cost ten attempts a second, and each hears why', async () => {
  const { state, connect } = world();
  for (; state.now < 1_000; state.now += 10) {
    for (let n = 0; n < 50; n++) await expect(connect('a', 1)).rejects.toThrow('connect ECONNREFUSED a:1');
  }
  expect(state.attempts).toBe(10);
  await expect(connect('a', 1)).rejects.not.toBeInstanceOf(Transient);
  await expect(connect('a', 1)).rejects.toBeInstanceOf(Transient);
});

test('a broker that is back is found a tenth of a second later; others are not held up', async () => {
  const { state, connect } = world();
  await expect(connect('a', 1)).rejects.toThrow();
  state.up = true;
  expect(await connect('b', 1)).toBe('b:1');
  state.now = 99;
  await expect(connect('a', 1)).rejects.toThrow();
  state.now = 100;
  expect(await connect('a', 1)).toBe('a:1');
  expect(await connect('a', 1)).toBe('a:1');
});
