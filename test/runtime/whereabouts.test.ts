import { expect, test } from 'vitest';
import { membershipGroup, tasksTopic } from '../../src/contract/topics.js';
import { HeadraceError } from '../../src/error.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { Whereabouts } from '../../src/runtime/whereabouts.js';
import { codeOf } from '../log/suite/support.js';

const GROUP = membershipGroup('t', 'feature');
const TOPIC = tasksTopic('t', 'feature');
const numbers = { feature: ['a', 'b', 'c'], inference: ['d'], training: [] };

async function world(partitions = 2) {
  const log = memoryLog();
  await log.createTopics([{ topic: TOPIC, partitions, config: {} }]);
  let asked = 0;
  let fails = false;
  const counting = new Proxy(log, {
    get(target, name: keyof typeof log) {
      if (name !== 'whoHas') return target[name];
      return async (group: string, topic: string) => {
        asked++;
        if (fails) throw new HeadraceError('LOG_UNAVAILABLE', 'no broker answers', { remedy: 'retry' });
        return target.whoHas(group, topic);
      };
    },
  });
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  return {
    log,
    where: new Whereabouts({ topology: 't', numbers, log: counting, clock }),
    asked: () => asked,
    later: (ms: number) => {
      now += ms;
    },
    fail: (on: boolean) => {
      fails = on;
    },
  };
}

test('tasks beyond the topic’s partitions share them; nobody has a task that is not there', async () => {
  const { log, where } = await world();
  await log.join(GROUP, TOPIC, () => {}, { address: 'one:1' });
  await log.join(GROUP, TOPIC, () => {}, { address: 'two:2' });
  const all = await Promise.all(numbers.feature.map((task) => where.of('feature', task)));
  expect(all).toEqual(['one:1', 'two:2', 'one:1']);
  expect(await where.of('feature', 'd')).toBeNull();
  expect(await where.of('inference', 'd')).toBeNull();
});

test('an answer is used for a second, and forgotten on demand', async () => {
  const { log, where, asked, later } = await world(1);
  const first = await log.join(GROUP, TOPIC, () => {}, { address: 'one:1' });
  await Promise.all([where.of('feature', 'a'), where.of('feature', 'b')]);
  expect(asked()).toBe(1);
  await log.join(GROUP, TOPIC, () => {}, { address: 'two:2' });
  await first.leave();
  later(999);
  expect(await where.of('feature', 'a')).toBe('one:1');
  where.forget('feature');
  expect(await where.of('feature', 'a')).toBe('two:2');
  later(1_000);
  await where.of('feature', 'a');
  expect(asked()).toBe(3);
});

test('a failure is not kept', async () => {
  const { where, fail } = await world();
  fail(true);
  expect(await codeOf(where.of('feature', 'a'))).toBe('LOG_UNAVAILABLE');
  fail(false);
  expect(await where.of('feature', 'a')).toBeNull();
});
