import { expect, test } from 'vitest';
import type { Suite } from '../log-suite.js';
import { until } from './support.js';

export function groupTests(suite: Suite): void {
  const ALL = [0, 1, 2, 3, 4, 5];

  test('keep committed offsets, by topic', async () => {
    const [topic, other] = [await suite.topic(4), await suite.topic(2)];
    const group = suite.name('group');
    expect(await suite.log.committed(group, topic)).toEqual(new Map());
    await suite.log.commit(
      group,
      topic,
      new Map([
        [0, 5],
        [2, 0],
      ]),
    );
    await suite.log.commit(group, other, new Map([[1, 7]]));
    await suite.log.commit(group, topic, new Map([[0, 6]]));
    expect(await suite.log.committed(group, topic)).toEqual(
      new Map([
        [0, 6],
        [2, 0],
      ]),
    );
    const client = await suite.under.newClient();
    expect(await client.committed(group, other)).toEqual(new Map([[1, 7]]));
    expect(await client.committed(suite.name('group'), other)).toEqual(new Map());
    await client.close();
  });

  test('spread partitions over their members, who come and leave', async () => {
    const topic = await suite.topic(ALL.length);
    const group = suite.name('group');
    const mine: { first: readonly number[]; second: readonly number[] } = { first: [], second: [] };
    const union = () => [...mine.first, ...mine.second].sort();

    const first = await suite.log.join(group, topic, (partitions) => {
      mine.first = partitions;
    });
    await until('the first has all', () => mine.first.length === ALL.length);
    expect(mine.first).toEqual(ALL);
    expect(await suite.log.members(group)).toBe(1);
    expect(await suite.log.members(suite.name('group'))).toBe(0);
    const before = mine.first;

    const client = await suite.under.newClient();
    const second = await client.join(group, topic, (partitions) => {
      mine.second = partitions;
    });
    await until('both have half', () => mine.first.length === 3 && mine.second.length === 3);
    expect(union()).toEqual(ALL);
    expect(await suite.log.members(group)).toBe(2);
    expect(mine.first.every((partition) => before.includes(partition))).toBe(true);

    const started = Date.now();
    mine.first = [];
    await first.leave();
    expect(Date.now() - started).toBeLessThan(2_000);
    await until('the second has all', () => mine.second.length === ALL.length, 3_000);
    expect(mine.first).toEqual([]);
    expect(await suite.log.members(group)).toBe(1);
    await second.leave();
    await second.leave();
    await client.close();

    const again = await suite.log.join(group, topic, (partitions) => {
      mine.first = partitions;
    });
    await until('whoever comes back has all', () => mine.first.length === ALL.length, 3_000);
    await again.leave();
  });

  test('closing a client leaves its groups', async () => {
    const topic = await suite.topic(2);
    const group = suite.name('group');
    const client = await suite.under.newClient();
    await client.join(group, topic, () => {});
    await client.close();
    let mine: readonly number[] = [];
    const started = Date.now();
    const membership = await suite.log.join(group, topic, (partitions) => {
      mine = partitions;
    });
    await until('it has both', () => mine.length === 2, 5_000);
    expect(Date.now() - started).toBeLessThan(5_000);
    await membership.leave();
  });
}
