import { expect, test } from 'vitest';
import { Outages } from '../../../src/log/kafka/outages.js';

function world() {
  let now = 0;
  const lines: string[] = [];
  const line = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const outages = new Outages({ logger, waiting: () => '4 readers', now: () => now });
  const at = (ms: number) => {
    now = ms;
    return outages;
  };
  return { at, lines };
}
const refused = new Error('connect ECONNREFUSED');

test('one line when it goes away, one every half minute, one when it is back', () => {
  const { at, lines } = world();
  for (let ms = 0; ms <= 70_000; ms += 100) at(ms).failed('a:1', refused);
  at(71_000).answered('a:1');
  at(72_000).answered('a:1');
  expect(lines).toEqual([
    'warn Kafka broker a:1 does not answer (connect ECONNREFUSED): 4 readers wait for it, and go on when it is back',
    'warn Kafka broker a:1 has not answered for 31 s: what needs it waits',
    'warn Kafka broker a:1 has not answered for 61 s: what needs it waits',
    'info Kafka broker a:1 answers again, after 71 s',
  ]);
});

test('a connection that breaks and is there again is not said', () => {
  const { at, lines } = world();
  at(0).failed('a:1', refused);
  at(500).failed('a:1', refused);
  expect(at(500).away()).toBeNull();
  at(900).answered('a:1');
  at(5_000).failed('a:1', refused);
  at(5_100).answered('a:1');
  // Failures that lie far apart are not one outage.
  at(10_000).failed('a:1', refused);
  at(80_000).failed('a:1', refused);
  expect(lines).toEqual([]);
});

test('who is away, since when, and a moment longer', () => {
  const { at } = world();
  for (let ms = 0; ms <= 3_000; ms += 500) at(ms).failed('b:1', refused);
  for (let ms = 3_000; ms <= 5_000; ms += 500) at(ms).failed('a:1', refused);
  expect(at(5_000).away()).toEqual({ broker: 'b:1', sinceMs: 0, untilMs: null });
  at(6_000).answered('b:1');
  expect(at(6_000).away()).toEqual({ broker: 'a:1', sinceMs: 3_000, untilMs: null });
  at(7_000).answered('a:1');
  expect(at(8_000).away()).toEqual({ broker: 'a:1', sinceMs: 3_000, untilMs: 7_000 });
  expect(at(20_000).away()).toBeNull();
});
